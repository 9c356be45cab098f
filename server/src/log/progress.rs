//! How far long work has got: a bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar towards `total` facts, with rate and time left.
pub(crate) fn bar(total: u64) -> ProgressBar {
    let style = "{wide_bar} {human_pos}/{human_len} facts  {per_sec}  {eta} left";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}
