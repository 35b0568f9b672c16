//! `coverage`: which published operations the tenant was asked for.

use clap::{Args, ValueEnum};

use super::remote::{self, Answer, Failure, Target};
use crate::remote::{Coverage, CoverageList};

/// What to show.
#[derive(Args, Clone, Debug)]
pub(super) struct CoverageCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// List these operations one by one.
    #[arg(long, value_name = "WHICH")]
    list: Option<Which>,

    /// Begin to count anew.
    #[arg(long, conflicts_with = "list")]
    clear: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// Those that the tenant was asked for.
    Touched,
    /// Those that are emulated, and that it was not asked for.
    Untouched,
    /// Those that are not emulated.
    NotEmulated,
}

impl From<Which> for CoverageList {
    fn from(which: Which) -> Self {
        match which {
            Which::Touched => Self::Touched,
            Which::Untouched => Self::Untouched,
            Which::NotEmulated => Self::NotEmulated,
        }
    }
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: CoverageCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &CoverageCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    if command.clear {
        remote.clear_coverage().await?;
        return Ok(Answer::Done("Counting begins anew."));
    }
    let coverage = remote.coverage(command.list.map(Into::into)).await?;
    Ok(Answer::lines(lines(&coverage, command.list.is_some()), &coverage))
}

/// The sums, and behind them the operations, or the families that are emulated at all.
fn lines(coverage: &Coverage, is_list: bool) -> Vec<String> {
    let all = coverage.all;
    let mut lines = vec![format!(
        "{} published, {} emulated, {} touched by {} requests",
        all.published, all.emulated, all.touched, all.requests
    )];
    if is_list {
        lines.extend(coverage.operations.iter().map(|operation| {
            let answers = operation.answers.iter();
            let answers: String = answers
                .map(|(class, count)| format!("  {class}: {count}"))
                .collect();
            format!(
                "{}  {} {}{answers}",
                operation.id, operation.method, operation.path
            )
        }));
    } else {
        let families = coverage.families.iter().filter(|family| family.sums.emulated > 0);
        lines.extend(families.map(|family| {
            format!(
                "{}  {} of {} touched",
                family.family, family.sums.touched, family.sums.emulated
            )
        }));
    }
    lines
}
