//! `registre audit verify`

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use projections::merkle::{Checkpoint, Growing, Verifier};
use serde_json::Value;

use super::{
    export::beside,
    line::{check, position},
};
use crate::{arguments::Verify, log::bar, output::print};

/// Looks at every fact of an export; names the first that is not as it was sealed.
pub(crate) fn run(options: &Verify) -> Result<()> {
    let read = |given: &Option<_>, ending| {
        let path = given.clone().unwrap_or_else(|| beside(&options.export, ending));
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let key = Verifier::parse(&read(&options.key, ".key")?)?;
    let signed = key.open(&read(&options.checkpoint, ".checkpoint")?)?;
    verify(&options.export, &signed)?;
    print(&[
        format!("facts    {}", signed.size),
        format!("tree     {}", signed.origin),
        "all facts are those that were sealed, none is missing, none was put in".to_owned(),
    ]);
    Ok(())
}

fn verify(export: &Path, signed: &Checkpoint) -> Result<()> {
    let file = File::open(export).with_context(|| format!("cannot read {}", export.display()))?;
    let progress = bar(signed.size);
    let mut tree = Growing::default();
    let mut last = None;
    for line in BufReader::new(file).lines() {
        let line: Value = serde_json::from_str(&line?).unwrap_or_default();
        let here = position(&line);
        if let Err(wrong) = check(&line, &mut tree) {
            match (here, last) {
                (Some(here), _) => bail!("position {here}: {wrong}"),
                (None, Some(last)) => bail!("after position {last}: {wrong}"),
                (None, None) => bail!("the first line: {wrong}"),
            }
        }
        last = here.or(last);
        progress.set_position(tree.size());
        if tree.size() == signed.size {
            let last = last.unwrap_or_default();
            ensure!(
                tree.root() == signed.root,
                "position {last}: the facts up to here are others than those that were signed"
            );
        }
    }
    progress.finish_and_clear();
    let last = last.unwrap_or_default();
    ensure!(
        tree.size() == signed.size,
        "after position {last}: {} facts stand here, and {} were signed",
        tree.size(),
        signed.size
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
    use projections::merkle::{Checkpoint, Growing};
    use serde_json::{Value, json};

    use super::verify;
    use crate::audit::line::seal;

    fn fact(number: u64, text: &str) -> Value {
        json!({
            "id": format!("00000000-0000-0000-0000-{number:012}"),
            "subject": "event-1",
            "type": "event-created.v1",
            "revision": number,
            "cursor": format!("00000000000000000000000000000001-{}", number * 10 + 5),
            "data_base64": BASE64.encode(text),
            "metadatabase64": BASE64.encode("{}"),
        })
    }

    /// So many facts, and what was signed of them.
    fn export(count: u64) -> (Vec<Value>, Checkpoint) {
        let mut tree = Growing::default();
        let lines = (0..count).map(|number| {
            let mut line = fact(number, &format!("{{\"number\":{number}}}"));
            seal(&mut line, &mut tree).unwrap();
            line
        });
        let lines = lines.collect();
        (lines, Checkpoint { origin: "registre/test".to_owned(), size: count, root: tree.root() })
    }

    fn verdict(lines: &[Value], signed: &Checkpoint) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        fs::write(file.path(), text).unwrap();
        verify(file.path(), signed).map_err(|error| error.to_string())
    }

    fn names(verdict: &Result<(), String>, position: u64) {
        let said = verdict.as_ref().unwrap_err();
        assert!(said.contains(&format!("position {position}:")), "{said}");
    }

    #[test]
    fn what_was_sealed_verifies() {
        let (lines, signed) = export(20);
        assert_eq!(verdict(&lines, &signed), Ok(()));
    }

    #[test]
    fn one_byte_that_was_changed_is_named() {
        let (mut lines, signed) = export(20);
        lines[7]["data_base64"] = json!(BASE64.encode("{\"number\":8}"));
        names(&verdict(&lines, &signed), 75);
    }

    #[test]
    fn facts_in_another_order_are_named() {
        let (mut lines, signed) = export(20);
        lines.swap(7, 8);
        names(&verdict(&lines, &signed), 85);
    }

    #[test]
    fn a_fact_that_was_deleted_is_named_by_the_one_after_it_or_the_one_before_the_end() {
        let (mut lines, signed) = export(20);
        lines.remove(7);
        names(&verdict(&lines, &signed), 85);
        let (mut lines, signed) = export(20);
        lines.pop();
        names(&verdict(&lines, &signed), 185);
    }

    #[test]
    fn a_fact_that_was_forged_is_named_however_well() {
        let (lines, signed) = export(20);
        // With a leaf of its own, and a tree to it: the tree after it does not follow.
        let mut forged = lines.clone();
        forged[7] = fact(7, "{\"number\":99}");
        let mut tree = Growing::default();
        for line in &mut forged[..8] {
            seal(line, &mut tree).unwrap();
        }
        names(&verdict(&forged, &signed), 85);
        // With every tree after it made anew: then it is not the one that was signed.
        for line in &mut forged[8..] {
            seal(line, &mut tree).unwrap();
        }
        names(&verdict(&forged, &signed), 195);
    }

    #[test]
    fn facts_after_those_that_were_signed_have_to_follow_from_them() {
        let (lines, _) = export(20);
        let (_, signed) = export(15);
        let said = verdict(&lines, &signed).unwrap_err();
        assert!(said.contains("20 facts stand here, and 15 were signed"), "{said}");
    }
}
