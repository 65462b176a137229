"""The demonstration: example sessions, hand-written answers, a study, the simulator."""
