"""What a panel may ask of a model that takes longer than a frame, and what it is told.

A question is a frozen value that is answered on a thread of its own; `Panel.question` tells
what a panel asks, `Panel.show_answer` takes the answer. Knows of no thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from vae_gui.core.config import RunConfig
from vae_gui.core.state import Float32
from vae_gui.ui.frame import Frame

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis


@dataclass(frozen=True, kw_only=True, eq=False)
class Question(ABC):
    """What is wanted of one model. Subclasses add what they need to know, and `answer` it.

    Attributes:
        run: Number of the run that the model is of.
        step: Training steps that it has made.
        config: The configuration in force.
        parameters: Its flat weights, (P,), read-only: those of a picture or of a snapshot.
        eager: A person waits for it: it goes before all that are not, and interrupts them.
    """

    run: int
    step: int
    config: RunConfig
    parameters: Float32
    eager: bool = False

    @classmethod
    def about(cls, frame: Frame, **more: Any) -> Self:
        """The question about the model that a frame shows."""
        picture = frame.picture
        return cls(
            run=frame.run,
            step=picture.step,
            config=frame.config,
            parameters=picture.parameters,
            **more,
        )

    @abstractmethod
    def answer(self, analysis: Analysis) -> Any:
        """Compute it. A pure function; it may take seconds.

        Args:
            analysis: Of the model in question. Questions about the same weights share one,
                so that what several of them need is computed once.

        Raises:
            Interrupted: It is not wanted any more.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What was found.

    Attributes:
        question: What was asked; its `step` tells how old the answer is.
        found: What its `answer` gave.
    """

    question: Question
    found: Any

    @property
    def step(self) -> int:
        """The step of the model that it tells of."""
        return self.question.step

    def age(self, frame: Frame) -> int:
        """How many steps the frame is ahead of it; negative if the frame lies before it."""
        return frame.picture.step - self.step
