"""What trainers call after updates: reports, snapshots, evaluations, schedules."""

from . import snapshot_writers as snapshot_writers
from ._checks import FailOnNonNumber as FailOnNonNumber
from ._checks import unchain_variables as unchain_variables
from ._evaluator import Evaluator as Evaluator
from ._graph import DumpGraph as DumpGraph
from ._graph import DumpGraph as dump_graph
from ._plots import PlotReport as PlotReport
from ._progress import ProgressBar as ProgressBar
from ._progress import RichProgress as RichProgress
from ._reports import LogReport as LogReport
from ._reports import MicroAverage as MicroAverage
from ._reports import PrintReport as PrintReport
from ._reports import observe_lr as observe_lr
from ._reports import observe_value as observe_value
from ._schedules import ExponentialShift as ExponentialShift
from ._schedules import InverseShift as InverseShift
from ._schedules import LinearShift as LinearShift
from ._schedules import MultistepShift as MultistepShift
from ._schedules import PolynomialShift as PolynomialShift
from ._schedules import StepShift as StepShift
from ._schedules import WarmupShift as WarmupShift
from ._snapshot import snapshot as snapshot
from ._snapshot import snapshot_object as snapshot_object
from ._statistics import ParameterStatistics as ParameterStatistics
from ._tensorboard import TensorBoardReport as TensorBoardReport
from ._variable_statistics import VariableStatisticsPlot as VariableStatisticsPlot
