//! `fh run`: the worker of the outbox, until it is told to stop.

use crate::{
    connection::Connection,
    courier::{AlarmFlags, Courier},
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    output::Output,
    place::Place,
    policy::{self, PolicyFlags},
    watch::{last_word, watch},
    worker::Worker,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Work for these profiles too, each on the lane of its name: one for each fiscal device.
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    with: Vec<String>,
    #[command(flatten)]
    alarms: AlarmFlags,
    #[command(flatten)]
    policy: PolicyFlags,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &mut Output) -> Result<Exit, Failure> {
    let mut connection = Connection::open(global, output).await?;
    let alarms = std::mem::take(&mut connection.alarms).with(&arguments.alarms);
    let opened = arguments
        .place
        .open(global, connection.policy(&arguments.policy)?.policy)
        .await?;
    let mut lanes = vec![(arguments.place.lane(global), connection.client.clone())];
    for profile in &arguments.with {
        let other = Connection::of_profile(profile, output)?;
        if !other.agrees_with(&connection) {
            output.remark(&policy::unheard(profile));
        }
        lanes.push((profile.clone(), other.client));
    }
    let interrupt = Interrupt::listen()?;
    output.show_progress();
    let names: Vec<_> = lanes.iter().map(|(lane, _)| lane.clone()).collect();
    output.remark(&format!(
        "at work on {} (lane {}); Ctrl-C stops in order",
        opened.outbox.place(),
        names.join(", ")
    ));
    let _courier = Courier::start(&opened.outbox, alarms)?;
    let worker = Worker::start_lanes(&opened.outbox, lanes);
    watch(&opened.outbox, &names, &interrupt, output).await;
    output.progress("stopping: what is on the wire is waited for".to_owned());
    worker.stop(&interrupt).await;
    output.end_progress();
    last_word(&opened.outbox, output).await;
    Ok(Exit::Well)
}
