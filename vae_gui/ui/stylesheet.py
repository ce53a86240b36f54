"""The window's style sheet and palette, made from a theme. Colours come from the theme alone."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from vae_gui.ui.theme import Theme, font

RULES = """
QMainWindow, QDialog, QMessageBox {{ background: {window}; }}
QMainWindow::separator {{ background: {window}; width: 8px; height: 8px; }}
QMainWindow::separator:hover {{ background: {hover}; }}
QToolTip {{ background: {field}; color: {text}; border: 1px solid {border}; padding: 4px 6px; }}

QMenuBar {{ background: {window}; color: {text}; padding: 1px 6px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {card}; color: {text}; border: 1px solid {border}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {muted}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 5px 8px; }}

QStatusBar {{ background: {window}; color: {muted}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {muted}; padding: 0 6px; }}

#runBar {{ background: {card}; border: 1px solid {border}; border-radius: 8px; }}
#readoutValue {{ font-size: 13pt; font-weight: 600; color: {text}; }}
#readoutValue[role="learned"] {{ color: {learned}; }}
#readoutName {{ font-size: 8pt; color: {muted}; }}
#speedLabel, #speedValue {{ color: {muted}; }}

QPushButton, #runBar QToolButton {{
  background: {field}; color: {text}; border: 1px solid {border}; border-radius: 6px;
  padding: 5px 12px; }}
QPushButton:hover, #runBar QToolButton:hover {{ background: {hover}; }}
QPushButton:focus, #runBar QToolButton:focus {{ border-color: {accent}; }}
QPushButton:disabled, #runBar QToolButton:disabled {{ color: {muted}; background: {card}; }}
#runBar QToolButton::menu-indicator {{ image: none; width: 0; }}
#runButton {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
#runButton:hover {{ background: {accent}; border-color: {text}; }}
#runButton:focus {{ border-color: {text}; }}
#runButton:disabled {{ background: {field}; color: {muted}; border-color: {border}; }}

QProgressBar {{ background: {field}; color: {text}; border: 1px solid {border};
  border-radius: 5px; text-align: center; min-height: 18px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QProgressBar#runProgress {{ min-height: 0; background: {field}; border: none; border-radius: 2px; }}
QProgressBar#runProgress::chunk {{ background: {accent}; border-radius: 2px; }}

#panelTitleBar {{ background: {card}; border: 1px solid {border}; border-bottom: none;
  border-top-left-radius: 8px; border-top-right-radius: 8px; }}
#panelCard {{ background: {card}; border: 1px solid {border}; border-top: none;
  border-bottom-left-radius: 8px; border-bottom-right-radius: 8px; }}
#panelTitle {{ font-size: 10pt; font-weight: 600; color: {text}; }}
#panelSubtitle {{ color: {muted}; }}
#panelTitleBar QLabel {{ background: transparent; }}
#panelButton {{ color: {muted}; border: none; border-radius: 4px; padding: 1px 5px;
  background: transparent; }}
#panelButton:hover, #panelButton:focus {{ background: {hover}; color: {text}; }}

#drawBar {{ background: {card}; border: 1px solid {border}; border-radius: 7px; }}
#drawBar QLabel {{ color: {muted}; background: transparent; }}
#drawBar QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 3px;
  background: transparent; }}
#drawBar QToolButton:hover {{ background: {hover}; }}
#drawBar QToolButton:focus {{ border-color: {accent}; }}
#drawBar QToolButton:checked {{ background: {accent}; }}
#drawBar QToolButton::menu-indicator {{ image: none; width: 0; }}

QTabBar {{ background: {window}; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {muted}; padding: 5px 12px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:hover {{ color: {text}; }}

#banner {{ background: {card}; border: 1px solid {error}; border-radius: 8px; }}
#bannerTitle {{ color: {error}; font-weight: 600; }}

QLineEdit, QPlainTextEdit, QTextBrowser, QTableView {{
  background: {field}; color: {text}; border: 1px solid {border}; border-radius: 5px;
  selection-background-color: {accent}; selection-color: {on_accent}; }}
QTableView {{ gridline-color: {border}; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QTableCornerButton::section {{ background: {card}; border: none; }}
QHeaderView {{ background: {card}; }}
QHeaderView::section {{ background: {card}; color: {muted}; border: none; padding: 4px; }}
"""


def palette(theme: Theme) -> QPalette:
    """The palette behind every widget that no rule names."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "card",
        QPalette.ColorRole.AlternateBase: "field",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "field",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.ToolTipBase: "field",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.Mid: "border",
    }
    for role, name in roles.items():
        made.setColor(role, theme.color(name))
    for role, name in roles.items():
        if name == "text":
            made.setColor(QPalette.ColorGroup.Disabled, role, theme.color("muted"))
    return made


def stylesheet(theme: Theme) -> str:
    """The rules of the window's own widgets."""
    colors = {name: getattr(theme, name) for name in theme.__slots__ if name != "name"}
    return RULES.format(**colors)


def apply_theme(
    app: QApplication, theme: Theme, extra: str = "", window: QWidget | None = None
) -> None:
    """Dress the application, by rules that hold within a window, or everywhere without one.

    A window's rules do not reach the hundreds of hidden widgets that pyqtgraph makes for menus
    of plots, none of which is used: to dress them would take as long as all others.

    Args:
        app: The application.
        theme: Whose colours.
        extra: Rules of widgets that bring their own.
        window: Where the rules are to hold, what it opens included.
    """
    app.setFont(font(9))
    app.setPalette(palette(theme))
    (window or app).setStyleSheet(stylesheet(theme) + extra)
