//! Every check, in the order in which a person reads them: each needs what stands before it.

use super::{
    account, agent,
    check::{Area, Check, Finding, Found, Report, Verdict},
    documents,
    look::look,
    network, outbox,
    patient::Patient,
    settings,
    sight::Sight,
    taxes, webhook,
};

const fn check(
    name: &'static str,
    area: Area,
    question: &'static str,
    remedy: &'static str,
    judge: fn(&Sight) -> Found,
) -> Check {
    Check {
        name,
        area,
        question,
        remedy,
        judge,
    }
}

/// The catalogue.
pub static CHECKS: &[Check] = &[
    check(
        "settings.file",
        Area::Settings,
        "Is there a profile file that its owner alone can read?",
        "Write the profile file, and run chmod 600 on it.",
        settings::profile_file,
    ),
    check(
        "settings.content",
        Area::Settings,
        "Can the settings be read, without a key that nobody knows?",
        "Mend the profile at the place that is named.",
        settings::profile_content,
    ),
    check(
        "settings.one_source",
        Area::Settings,
        "Do the settings come from one place alone?",
        "Unset the variables that are named, or work without a profile: the two are never mixed.",
        settings::one_source,
    ),
    check(
        "credentials.key",
        Area::Settings,
        "Has the API key the form of one?",
        "Copy the API key again from the portal's page API Keys.",
        settings::key,
    ),
    check(
        "credentials.secret",
        Area::Settings,
        "Has the API secret the form of one?",
        "Copy the API secret again from where you kept it; it is shown only once, and only a lost one is rotated in the portal.",
        settings::secret,
    ),
    check(
        "credentials.previous_secret",
        Area::Settings,
        "Is the secret before a rotation another one, and well formed?",
        "Write the secret before the rotation into previous_api_secret, or take the line out.",
        settings::previous_secret,
    ),
    check(
        "identity.application",
        Area::Settings,
        "Is the application named?",
        "Write the name that the vendor gave your application into the settings (application, FH_APPLICATION).",
        settings::application,
    ),
    check(
        "identity.station",
        Area::Settings,
        "Is the station named?",
        "Give this till a name of its own in the settings (station, FH_STATION), and never change it.",
        settings::station,
    ),
    check(
        "identity.station_is_unique",
        Area::Settings,
        "Is no other profile the same station?",
        "Give each till a station of its own: the vendor requires it, so that one can tell who sold what.",
        settings::station_is_unique,
    ),
    check(
        "credentials.key_is_unique",
        Area::Settings,
        "Has no other profile the same API key?",
        "Give each fiscal device one profile, and tills that share a device one lane (--station): two lanes of one device mix up the order.",
        settings::key_is_unique,
    ),
    check(
        "settings.base_url",
        Area::Settings,
        "Can the address of the service be used?",
        "Write base_url = \"production\", \"test\", or an address that begins with https://.",
        settings::base_url,
    ),
    check(
        "network.proxy",
        Area::Network,
        "If a proxy is set, can it be reached?",
        "Mend or unset HTTPS_PROXY, or add the service's host to NO_PROXY.",
        network::proxy,
    ),
    check(
        "network.dns",
        Area::Network,
        "Does the name of the service stand for an address?",
        "See whether this machine is online and which DNS server it asks; then whether the base URL is spelt right.",
        network::dns,
    ),
    check(
        "network.connect",
        Area::Network,
        "Can the service be connected to?",
        "See whether the line is up, and whether a firewall lets this machine out to port 443.",
        network::connect,
    ),
    check(
        "network.tls",
        Area::Network,
        "Is the certificate of the service one that this machine trusts?",
        "See to the clock of this machine first; then ask whoever runs the network what reads encrypted connections.",
        network::tls,
    ),
    check(
        "network.tls_end",
        Area::Network,
        "Is that certificate good for a while yet?",
        "Tell the vendor; a certificate that ends stops every till.",
        network::tls_end,
    ),
    check(
        "network.interception",
        Area::Network,
        "Does nobody in between read the encrypted connection?",
        "Have the service's host excepted from inspection in the firewall or virus scanner that is named.",
        network::interception,
    ),
    check(
        "service.answers",
        Area::Account,
        "Does the service answer?",
        "See to what is said about the network above; documents stay in the outbox meanwhile.",
        account::answers,
    ),
    check(
        "service.latency",
        Area::Account,
        "Does it answer soon?",
        "See what else uses the line; a till need not wait for it: hand documents in and print when the receipt is there.",
        account::latency,
    ),
    check(
        "clock.offset",
        Area::Account,
        "Does this machine's clock agree with the service's?",
        "Set the clock, and let the system keep it (NTP): a document dated ahead spoils the numbering of the day.",
        account::clock,
    ),
    check(
        "account.key",
        Area::Account,
        "Does the service know the API key?",
        "See in the portal whether the key is there and active, and whether this is its environment (production or test).",
        account::key,
    ),
    check(
        "account.signature",
        Area::Account,
        "Does the service take what is signed with the secret?",
        "Copy the secret of this very key; when it is lost, rotate it in the portal and give the new one to every till that uses the key.",
        account::signature,
    ),
    check(
        "account.environment",
        Area::Account,
        "Does the device belong to the environment of the address?",
        "Take key and address of one environment.",
        account::environment,
    ),
    check(
        "account.device",
        Area::Account,
        "Is a fiscal device attached, with a configuration that can be read?",
        "Attach and activate a fiscal device in the portal.",
        account::device,
    ),
    check(
        "account.certificate",
        Area::Account,
        "Is the device's certificate good for a month yet?",
        "Have the device's certificate renewed by the vendor before it ends; without it no receipt is issued.",
        account::certificate,
    ),
    check(
        "account.subscription",
        Area::Account,
        "Is the subscription paid for a month yet?",
        "Pay the subscription in the portal before it ends.",
        account::subscription,
    ),
    check(
        "taxes.mapped",
        Area::Account,
        "Is every tax code that documents use mapped?",
        "Map them: `fh mappings suggest` proposes a file from your documents, `fh mappings apply` does what it says.",
        taxes::mapped_taxes,
    ),
    check(
        "taxes.known",
        Area::Account,
        "Does every mapping point to a tax that the device has?",
        "Map these codes to taxes of this device (`fh account device`): ids differ between environments, names do not.",
        taxes::known_taxes,
    ),
    check(
        "taxes.current",
        Area::Account,
        "Does every tax that documents use apply on their dates?",
        "Map these codes to the taxes that apply now (`fh mappings export`, mend it, `fh mappings apply`).",
        taxes::current_taxes,
    ),
    check(
        "taxes.rate",
        Area::Account,
        "Is the standard tax this year's, 15.5 % and not 15 %?",
        "Map the code to the standard tax of this year, and use it on every sale from 1 January 2026 on.",
        taxes::standard_rate,
    ),
    check(
        "mappings.twice",
        Area::Account,
        "Is no code mapped twice?",
        "Delete all but one of them: `fh tax list` and `fh currency list` show their ids.",
        taxes::mapped_twice,
    ),
    check(
        "currencies.mapped",
        Area::Account,
        "Is every currency that documents use mapped, to one that the service supports?",
        "Map them (`fh mappings apply`, or `fh currency add`); `fh currency supported` lists the authority's codes.",
        taxes::currencies,
    ),
    check(
        "documents.hs_codes",
        Area::Documents,
        "Do the latest documents have HS codes that mean something?",
        "Give each article its own HS code of 8 digits, from the customs tariff, in the program that makes the documents.",
        documents::hs_codes,
    ),
    check(
        "documents.last_fiscalised",
        Area::Documents,
        "Was a document fiscalised lately?",
        "See why with `fh queue ls`, and whether a worker runs (`fh run` or `fh serve`).",
        outbox::last_fiscalised,
    ),
    check(
        "outbox.opens",
        Area::Outbox,
        "Can the outbox be opened?",
        "Do what is said; nothing was changed in it.",
        outbox::opens,
    ),
    check(
        "outbox.whole",
        Area::Outbox,
        "Is its file whole?",
        "Stop what uses it, copy the file with its -wal file aside, and put the last backup back (`fh restore`).",
        outbox::whole,
    ),
    check(
        "outbox.private",
        Area::Outbox,
        "Can its owner alone read it?",
        "Run chmod 600 on it: it holds buyers' data.",
        outbox::is_private,
    ),
    check(
        "outbox.is_mine",
        Area::Outbox,
        "Is it this machine's, neither a copy nor put back from a backup?",
        "See that no other machine sends from a copy of it, then `fh queue take-over`.",
        outbox::is_mine,
    ),
    check(
        "outbox.alarms",
        Area::Outbox,
        "Does nothing in it wait for a person?",
        "`fh queue stats` lists its alarms, each with what to do.",
        outbox::alarms,
    ),
    check(
        "outbox.lanes",
        Area::Outbox,
        "Does somebody work for every lane with open documents?",
        "Start a worker with a profile of that name (`fh run --with NAME`), or see who handed documents in under it.",
        outbox::lanes,
    ),
    check(
        "outbox.backup",
        Area::Outbox,
        "Is there a backup of the last week?",
        "Make one daily: `fh backup PATH`, onto another disk.",
        outbox::backup,
    ),
    check(
        "outbox.size",
        Area::Outbox,
        "Is it of a size that backups can keep up with?",
        "Take out what was settled long ago: `fh queue prune`.",
        outbox::size,
    ),
    check(
        "outbox.disk",
        Area::Outbox,
        "Has its disk space for a while?",
        "Free some space: when the disk is full, no document can be taken in.",
        outbox::disk,
    ),
    check(
        "webhook.address",
        Area::Webhook,
        "Is the receiver of webhooks at an address that the service may call?",
        "Put something that ends HTTPS on port 443 before the receiver: the vendor calls nothing else.",
        webhook::address,
    ),
    check(
        "webhook.reachable",
        Area::Webhook,
        "Does the receiver of webhooks answer?",
        "See whether it runs, and whether name, certificate and firewall let the internet in; this was asked from this machine.",
        webhook::reachable,
    ),
    check(
        "webhook.answers",
        Area::Webhook,
        "Does the receiver answer as the vendor's rules want?",
        "Answer 2xx to what is rightly signed and 401 to the rest, within 5 seconds and without cookies.",
        webhook::answers,
    ),
    check(
        "webhook.refused",
        Area::Webhook,
        "Were webhooks refused, for want of a right signature?",
        "If the API secret was renewed, write the old one into previous_api_secret; else somebody who is not the service knows the address.",
        outbox::webhooks_refused,
    ),
    check(
        "webhook.come",
        Area::Webhook,
        "Where webhooks are expected, do they come?",
        "See in the portal whether the webhook is still active: the service switches it off after a day of failures.",
        outbox::webhooks_come,
    ),
    check(
        "agent.token_file",
        Area::Agent,
        "Can the owner alone read the agent's token, and is it long enough?",
        "Make the token file private, or delete it and start the agent again.",
        agent::token_file,
    ),
    check(
        "agent.port",
        Area::Agent,
        "Is the agent's port the agent's?",
        "Stop the other program, or let the agent listen elsewhere (`fh serve --listen`).",
        agent::port,
    ),
    check(
        "agent.runs",
        Area::Agent,
        "Where an agent was set up, does it run?",
        "Start it (`fh serve`, or its service), or delete its token file if none is wanted here.",
        agent::runs,
    ),
    check(
        "versions",
        Area::Agent,
        "Are this program and the agent of one version?",
        "Start the agent again with the newer program: an older one must not write into the outbox of a newer.",
        agent::version,
    ),
];

/// Looks at a patient, and holds every check to what was seen.
pub async fn examine(patient: &Patient) -> Report {
    judge(&look(patient).await)
}

/// Holds every check to what was seen.
#[must_use]
pub fn judge(sight: &Sight) -> Report {
    let findings = CHECKS.iter().map(|check| {
        let found = (check.judge)(sight);
        let needs_help = found.verdict >= Verdict::Warn;
        Finding {
            check: check.name,
            area: check.area,
            verdict: found.verdict,
            message: found.message,
            remedy: needs_help.then(|| found.remedy.unwrap_or_else(|| check.remedy.to_owned())),
            guess: found.guess,
        }
    });
    Report::new(sight.version.clone(), sight.now.to_string(), findings.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own_a_question_and_a_remedy_in_one_sentence() {
        let names: BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            assert!(check.question.ends_with('?'), "{check:?}");
            assert!(check.remedy.ends_with('.') && check.remedy.len() > 20, "{check:?}");
        }
    }
}
