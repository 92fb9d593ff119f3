import sys

from lensan.cli import main

sys.exit(main())
