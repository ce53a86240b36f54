"""Pictures and numbers out of the program: panels and windows as PNG, SVG and PDF; tables."""

from vae_gui.ui.export.data import EXPORTS, DataExport
from vae_gui.ui.export.dialogs import Choice, ask_file, export_data_dialog, export_dialog
from vae_gui.ui.export.files import FORMATS, copy_to_clipboard, save
from vae_gui.ui.export.render import render_pdf, render_png, render_svg

__all__ = [
    "EXPORTS",
    "FORMATS",
    "Choice",
    "DataExport",
    "ask_file",
    "copy_to_clipboard",
    "export_data_dialog",
    "export_dialog",
    "render_pdf",
    "render_png",
    "render_svg",
    "save",
]
