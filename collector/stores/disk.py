"""Names that survive a power cut: a new file or folder is there again only if the folder above it was synced."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder onto the disk. Raises OSError."""
    # Windows has no syncing of folders.
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
