//! The service, as an auditor asks it.

use anyhow::{Context, Result, bail};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use crate::arguments::Source;

/// How often an answer that broke off is asked for again without a line having come.
const TRIES: u32 = 5;

/// A service, and who asks it.
pub(super) struct Service {
    http: Client,
    source: Source,
}

/// Facts as they come, one line each, through broken connections.
pub(super) struct Lines<'a> {
    service: &'a Service,
    query: Vec<(&'static str, String)>,
    answer: Option<Response>,
    /// What has come of the next line and those after it.
    rest: Vec<u8>,
    /// The cursor of the last line.
    last: Option<String>,
    tries: u32,
    /// The position at which the log ended when it was asked first.
    pub(super) end: u64,
}

impl Service {
    pub(super) fn new(source: Source) -> Self {
        Self { http: Client::new(), source }
    }

    /// The answer to `GET /api/v1/audit/<path>`.
    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Response> {
        let url = format!("{}/api/v1/audit/{path}", self.source.url.trim_end_matches('/'));
        let request = self.http.get(url).bearer_auth(self.source.token.as_str()).query(query);
        let answer = request.send().await.context("the service does not answer")?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let problem: Value = answer.json().await.unwrap_or_default();
        let said = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or_default();
        bail!("the service refuses: {status} {said}")
    }

    /// Facts, in the order of the log.
    pub(super) async fn lines(&self, query: Vec<(&'static str, String)>) -> Result<Lines<'_>> {
        let answer = self.get("facts", &query).await?;
        let end = answer.headers().get("registre-read-position");
        let end = end.and_then(|end| end.to_str().ok()?.rsplit_once('-')?.1.parse().ok());
        let (answer, rest, last) = (Some(answer), Vec::new(), None);
        Ok(Lines { service: self, query, answer, rest, last, tries: 0, end: end.unwrap_or(0) })
    }
}

impl Lines<'_> {
    /// The next fact: its line, and what it says.
    pub(super) async fn next(&mut self) -> Result<Option<(Vec<u8>, Value)>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let rest = self.rest.split_off(end + 1);
                let line = std::mem::replace(&mut self.rest, rest);
                let said: Value = serde_json::from_slice(&line).context("a line is no JSON")?;
                self.last = said["cursor"].as_str().map(str::to_owned);
                self.tries = 0;
                return Ok(Some((line, said)));
            }
            let Some(answer) = &mut self.answer else {
                self.ask_again().await?;
                continue;
            };
            match answer.chunk().await {
                Ok(Some(chunk)) => self.rest.extend(chunk),
                Ok(None) => return Ok(None),
                Err(_) if self.tries < TRIES => self.answer = None,
                Err(error) => return Err(error).context("the answer broke off"),
            }
        }
    }

    /// What follows the last line that came whole.
    async fn ask_again(&mut self) -> Result<()> {
        self.tries += 1;
        self.rest.clear();
        let mut query = self.query.clone();
        if let Some(last) = &self.last {
            query.push(("after", last.clone()));
        }
        self.answer = Some(self.service.get("facts", &query).await?);
        Ok(())
    }
}
