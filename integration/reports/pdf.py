"""Printing a page with the browser of the machine, where it has one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120


def print_pdf(page: Path, pdf: Path) -> str | None:
    """Print an HTML file to a PDF; gives None when it was printed, else a sentence why not."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        return "No PDF: no Chromium was found on this machine. Open the HTML in a browser and print it to PDF."
    with tempfile.TemporaryDirectory(prefix="padan-print-") as profile:
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium's sandbox refuses to run as root
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}",
            page.absolute().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - our own file
        except (OSError, subprocess.SubprocessError) as error:
            pdf.unlink(missing_ok=True)
            return f"No PDF: {Path(browser).name} did not print ({type(error).__name__}). Print the HTML in a browser."
    return None if pdf.is_file() else "No PDF: the browser wrote none. Print the HTML in a browser."
