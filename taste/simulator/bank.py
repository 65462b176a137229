"""A shipped bank of research moves, graded, for sessions that nobody has scripted.

They fit anywhere because they name nothing of the session; none claims to have read it.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BankMove:
    """One context-free move; `quality` is its grade on the logit scale."""

    text: str
    why: str
    wrong_if: str
    quality: float


def _move(quality: float, text: str, why: str, wrong_if: str) -> BankMove:
    return BankMove(text=text, why=why, wrong_if=wrong_if, quality=quality)


BANK: Final[tuple[BankMove, ...]] = (
    _move(
        0.9,
        "Rerun the last reported result from a clean state and compare it with the stored numbers.",
        "Everything that follows leans on that one number.",
        "The rerun agrees to the last reported digit.",
    ),
    _move(
        0.85,
        "Look at twenty raw inputs and outputs by hand before computing any further aggregate.",
        "Aggregates hide faults that a reader of the raw rows sees at once.",
        "All twenty rows look as the pipeline's description says.",
    ),
    _move(
        0.85,
        "Run the pipeline on shuffled labels and confirm that the effect disappears.",
        "A leak between the labels and the inputs would survive the shuffle.",
        "The score falls to chance under shuffled labels.",
    ),
    _move(
        0.8,
        "Compare against the simplest baseline that could work, on the same split and metric.",
        "A gain means little before the trivial rule has been tried.",
        "The baseline is already known and far below.",
    ),
    _move(
        0.8,
        "Repeat the key comparison with five seeds and report the spread beside the difference.",
        "The difference may be no larger than the noise between seeds.",
        "The spread is an order of magnitude below the difference.",
    ),
    _move(
        0.75,
        "Bisect the recent changes to find the first one after which the number moved.",
        "One cause is more likely than several small ones.",
        "The number drifts gradually over many changes.",
    ),
    _move(
        0.75,
        "Check the evaluation set for rows that also occur in the training data.",
        "Overlap explains a surprisingly good score more often than skill does.",
        "No exact or near duplicates turn up.",
    ),
    _move(
        0.7,
        "Reproduce the failure on the smallest input that still shows it.",
        "A small case makes the cause visible and each try cheap.",
        "The failure needs the full load to appear.",
    ),
    _move(
        0.7,
        "Write down what result would refute the current explanation, then run exactly that test.",
        "The work so far has only collected agreeing evidence.",
        "The refuting test has in effect been run already.",
    ),
    _move(
        0.65,
        "Break the headline metric down by subgroup and read off where the change comes from.",
        "A mixture of gains and losses asks for a different next step than an even shift.",
        "All subgroups move by the same amount.",
    ),
    _move(
        0.65,
        "Remove one component at a time and measure which of them carries the effect.",
        "Later work should build on the part that matters.",
        "The parts only work together.",
    ),
    _move(
        0.6,
        "Test the metric on two hand-made cases whose right score is known.",
        "An error in the metric would spoil every comparison made with it.",
        "Both cases come out as computed by hand.",
    ),
    _move(
        0.6,
        "Plot the residuals against each input feature and inspect the largest ten.",
        "Structure in the errors points at what the model is missing.",
        "The residuals look like noise.",
    ),
    _move(
        0.55,
        "Read the code path that produces the reported number from input file to final print.",
        "The description and the code may have drifted apart.",
        "The path is short and was read recently.",
    ),
    _move(
        0.55,
        "Halve the scope: drop the second question and finish the first one with evidence.",
        "Two half-answered questions are worth less than one closed one.",
        "The two questions share almost all of their work.",
    ),
    _move(
        0.5,
        "Log the intermediate values at each stage and find where they first look wrong.",
        "The symptom may appear far from its origin.",
        "Every stage looks right and only the last one is off.",
    ),
    _move(
        0.5,
        "Estimate by hand what size of effect the theory predicts and compare it with the data.",
        "An effect of the wrong size is as telling as one of the wrong sign.",
        "The theory makes no prediction about size.",
    ),
    _move(
        0.45,
        "Freeze the data version and its checksum before running any further comparison.",
        "Results from different snapshots cannot be set side by side.",
        "The data has one version and cannot change.",
    ),
    _move(
        0.4,
        "Search the project's history for an earlier attempt at this and read how it ended.",
        "Somebody may have met the same wall.",
        "There is no earlier attempt on record.",
    ),
    _move(
        0.4,
        "Compute the power of the planned comparison before spending the remaining runs on it.",
        "An underpowered comparison cannot settle the question either way.",
        "The runs are cheap enough to be repeated at will.",
    ),
    _move(
        0.35,
        "Rerun with a learning rate ten times smaller and watch whether the curve changes shape.",
        "Instability and a real limit look alike at one setting.",
        "The curve keeps its shape at both settings.",
    ),
    _move(
        0.35,
        "Check the units and time zones of every column that is joined or subtracted.",
        "Such slips give plausible numbers that are wrong by a constant.",
        "Every column carries its unit in the schema.",
    ),
    _move(
        0.3,
        "Draw the dependency graph of the failing step and test each input separately.",
        "The fault may come from an input that was taken for granted.",
        "The step has a single input.",
    ),
    _move(
        0.3,
        "Ask a second method for the same quantity and compare the two answers.",
        "Agreement of two independent routes is strong evidence.",
        "The second method shares the first one's assumptions.",
    ),
    _move(
        0.25,
        "Profile one full run and list the three steps that take the most time.",
        "Speed decides how many ideas can be tried today.",
        "The run already takes seconds.",
    ),
    _move(
        0.2,
        "Collect the open questions in one list and order them by what each would change.",
        "The order of work should follow what the answers are worth.",
        "Only one question is open.",
    ),
    _move(
        0.15,
        "Train the current setup for twice as many steps and compare the final scores.",
        "The curve may simply not have flattened yet.",
        "The curve has been flat for the second half.",
    ),
    _move(
        0.1,
        "Double the amount of training data and measure the slope of the score.",
        "The slope tells whether data or the method is the limit.",
        "More data of the same kind cannot be had.",
    ),
    _move(
        0.0,
        "Continue with the step that was last proposed and report the result.",
        "The plan has held so far.",
        "The last result contradicts the plan.",
    ),
    _move(
        -0.1,
        "Write tests for the functions changed today before going on.",
        "Later changes will otherwise break them unseen.",
        "The functions will be thrown away tomorrow.",
    ),
    _move(
        -0.15,
        "Try the same analysis on a second dataset and see whether it holds.",
        "A result on one dataset may be a property of that dataset.",
        "The first result is not yet settled.",
    ),
    _move(
        -0.25,
        "Sweep the three main hyperparameters on a grid and keep the best combination.",
        "The present setting was never tuned.",
        "The problem lies outside the hyperparameters.",
    ),
    _move(
        -0.35,
        "Summarise the findings so far in a short report with two figures.",
        "Writing shows where the argument has gaps.",
        "The argument still rests on an unchecked number.",
    ),
    _move(
        -0.4,
        "Increase the model size by a factor of four and rerun the experiment.",
        "A larger model may resolve the remaining errors.",
        "The errors come from the data.",
    ),
    _move(
        -0.45,
        "Add retries and more logging around the step that failed.",
        "The failure may be a passing one.",
        "It fails the same way each time.",
    ),
    _move(
        -0.55,
        "Refactor the experiment code into modules before running anything else.",
        "The script has grown hard to change.",
        "The code will not be used again.",
    ),
    _move(
        -0.6,
        "Switch to a different library for the main computation and port the code.",
        "The present library may be the source of the trouble.",
        "The same trouble shows up in the new library.",
    ),
    _move(
        -0.7,
        "Improve the layout, labels and colours of the figures.",
        "Readers judge the work by its figures.",
        "The numbers behind the figures still change.",
    ),
    _move(
        -0.8,
        "Launch the full sweep over all settings and datasets overnight.",
        "Having every number at hand avoids later reruns.",
        "One setting would have answered the question.",
    ),
    _move(
        -0.9,
        "Build a general framework that runs any future experiment from one configuration file.",
        "Many more experiments of this kind may follow.",
        "No second experiment is planned.",
    ),
    _move(
        -1.0,
        "Discard the outlying runs and recompute the averages without them.",
        "The outliers distort the picture.",
        "The outliers have the same cause as the effect.",
    ),
    _move(
        -1.1,
        "Relax the success threshold until the present result passes it.",
        "The threshold was chosen before the data were known.",
        "The threshold came from a stated requirement.",
    ),
)
