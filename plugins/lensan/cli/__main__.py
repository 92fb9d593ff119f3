"""``python -m lensan.cli`` is ``lensan``."""

import sys

from lensan.cli import main

sys.exit(main())
