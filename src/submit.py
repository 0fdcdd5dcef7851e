"""What spark-submit is given: ``spark-submit --master ... src/submit.py 03_rfm`` runs that step.

The notebook's kernel then works in the session that spark-submit has opened.
"""

import sys

from trackway.pipeline import run

if __name__ == "__main__":
    sys.exit(run.main(sys.argv[1:]))
