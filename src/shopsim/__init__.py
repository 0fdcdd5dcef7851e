"""A simulated shop whose truth is known: the input when there are no other raw files.

It writes what a real shop would, in REES46's form or Taobao's, with the noise of real files, and
apart from them, under ``truth/``, what really went on. The model, its equations and where each
number comes from are told in `docs/demo.md`; `python -m shopsim` is the stage `demo`. What could be
known at best of its visitors is told by `shopsim.oracle`, a stage of its own. No step of the study
imports this package.

The parts, in the order in which a world comes about: `world` (what is wanted), `calendar` (when),
`catalogue` (what there is to see), `people` (who), `visits` (why they come), `walk` (what they do),
`noise` (what goes wrong), `files` (what is written down: `rees46`, `taobao`), `truth` (what is
true: also `affinity`, `spend`).
"""

from trackway import prefer_checkout

prefer_checkout(__path__, "shopsim")
