"""Run by every kernel that `make lab` starts: its notebooks say when they are stale."""

from trackway.study import notice as _notice

_notice.watch()
del _notice
