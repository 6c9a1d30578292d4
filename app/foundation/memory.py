"""How the process keeps its memory."""

import gc

# Objects made before the collector looks again. Rows read and written are short-lived and hardly ever hang in
# circles; at Python's own 700 a fifth of the work was looking for some.
BETWEEN_LOOKS = 50_000


def settle() -> None:
    """Tell the collector that what is loaded by now stays, and to look less often. Called when a process begins to serve."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(BETWEEN_LOOKS, 10, 10)
