//! What a command prints.

use std::io::{self, Write};

/// Prints `lines`. Whoever has closed standard output does not want to know.
pub(crate) fn print(lines: &[String]) {
    let mut out = io::stdout().lock();
    let printed = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    if let Err(error) = printed.and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads what is printed");
    }
}
