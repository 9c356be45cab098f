//! What people see: lines, and on a terminal a bar instead of most of them.

use std::io::{IsTerminal, Write, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Prints a line. Whoever has closed standard output goes by the exit code.
pub(super) fn say(line: impl AsRef<str>) {
    let _unheard = writeln!(stdout(), "{}", line.as_ref());
}

/// How far the creation of something has got.
pub(super) struct Screen {
    bar: Option<ProgressBar>,
}

impl Screen {
    /// For `total` creations of what is called `things`.
    pub(super) fn new(total: usize, things: &str) -> Self {
        let bar = stdout().is_terminal().then(|| {
            let style = format!("{{wide_bar}} {{pos}}/{{len}} {things}  {{eta}}");
            let style = ProgressStyle::with_template(&style);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            // Where the lines go: elsewhere may be no terminal.
            let target = ProgressDrawTarget::stdout();
            ProgressBar::with_draw_target(Some(total as u64), target).with_style(style)
        });
        Self { bar }
    }

    /// A step begins.
    pub(super) fn step(&self, line: &str) {
        if self.bar.is_none() {
            say(line);
        }
    }

    /// Something was created.
    pub(super) fn created(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.inc(1),
            None => say(line),
        }
    }

    /// Something was not. People are told in any case.
    pub(super) fn failed(&self, line: &str) {
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.suspend(|| say(line));
            }
            None => say(line),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
