//! `registre audit trace`

use anyhow::Result;
use serde_json::Value;

use super::service::Service;
use crate::{arguments::Trace, output::print};

/// Prints what followed from a request, each fact below the one that it follows from.
pub(crate) async fn run(options: Trace) -> Result<()> {
    let query: Vec<_> = options.purpose.map(|purpose| ("purpose", purpose)).into_iter().collect();
    let service = Service::new(options.source);
    let answer = service.get(&format!("trace/{}", options.correlation), &query).await?;
    let trace: Value = answer.json().await?;
    if options.json {
        print(&[trace.to_string()]);
        return Ok(());
    }
    let mut lines = Vec::new();
    draw(&trace["facts"], 0, &mut lines);
    print(&lines);
    Ok(())
}

fn draw(facts: &Value, depth: usize, lines: &mut Vec<String>) {
    for fact in facts.as_array().into_iter().flatten() {
        let text = |name: &str| fact[name].as_str().unwrap_or_default();
        let (time, kind, stream) = (text("time"), text("type"), text("subject"));
        lines.push(format!("{:depth$}{time}  {kind}  {stream}  {}", "", text("cursor")));
        draw(&fact["caused"], depth + 2, lines);
    }
}
