//! The service manager of Windows.

use std::{
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fh_auth::make_private_folder;
use windows_service::{
    service::{
        Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl, ServiceFailureActions,
        ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceState, ServiceType,
    },
    service_manager::{ServiceManager, ServiceManagerAccess},
};
use winreg::{RegKey, enums};

use super::plan::Plan;
use crate::exit::Failure;

/// How long a start or a stop may take: what is on the wire is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often the manager is asked meanwhile; it tells nobody by itself.
const EACH: Duration = Duration::from_millis(200);

/// Registers it. Says what is missing, where something is that it can do without.
pub(super) fn install(plan: &Plan) -> Result<Option<String>, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::service(format!("where this program is cannot be told: {error}")))?;
    let manager = manager(ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE)?;
    let info = ServiceInfo {
        name: OsString::from(&plan.name),
        display_name: OsString::from(format!("Fiscal Harmony agent ({})", plan.name)),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program,
        launch_arguments: plan.arguments.clone(),
        dependencies: Vec::new(),
        account_name: Some(OsString::from(&plan.account)),
        account_password: None,
    };
    let access = ServiceAccess::CHANGE_CONFIG | ServiceAccess::START | ServiceAccess::DELETE;
    let service = manager
        .create_service(&info, access)
        .map_err(|error| said("it cannot be registered", &error))?;
    let rest = || {
        let key = format!("SYSTEM\\CurrentControlSet\\Services\\{}", plan.name);
        RegKey::predef(enums::HKEY_LOCAL_MACHINE)
            .open_subkey_with_flags(key, enums::KEY_SET_VALUE)
            .and_then(|key| key.set_value("Environment", &plan.environment))
            .map_err(|error| Failure::service(format!("its environment cannot be set: {error}")))?;
        winlog2::register(&plan.name)
            .map_err(|error| Failure::service(format!("its place in the event log cannot be made: {error}")))?;
        make_private_folder(&plan.folder)
            .and_then(|()| let_in(&plan.folder, &plan.account))
            .map_err(|error| Failure::service(format!("{}: {error}", plan.folder.display())))
    };
    rest().inspect_err(|_| {
        // Half a service is none. The first error is the one to report.
        let _ = service.delete();
    })?;
    let comes_again = service
        .set_description("Fiscalises invoices and credit notes through Fiscal Harmony.")
        .and_then(|()| service.update_failure_actions(again()))
        // An end with an error is a failure too, not the crash alone.
        .and_then(|()| service.set_failure_actions_on_non_crash_failures(true));
    Ok(comes_again.err().map(|error| {
        format!(
            "it will not start again by itself after a failure, since that cannot be set: {}",
            said("here", &error).message
        )
    }))
}

/// Three tries within seconds, then each minute: a crash, a kill and a power cut lose nothing.
fn again() -> ServiceFailureActions {
    let restart = |seconds| ServiceAction {
        action_type: ServiceActionType::Restart,
        delay: Duration::from_secs(seconds),
    };
    ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_secs(3600)),
        reboot_msg: None,
        command: None,
        actions: Some(vec![restart(2), restart(10), restart(60)]),
    }
}

/// Gives the service's account its folder.
fn let_in(folder: &Path, account: &str) -> std::io::Result<()> {
    let system = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    let ended = Command::new(Path::new(&system).join("System32").join("icacls.exe"))
        .arg(folder)
        .arg("/grant")
        .arg(format!("{account}:(OI)(CI)F"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if ended.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!(
            "{account} could not be given it: icacls ended with {ended}"
        )))
    }
}

pub(super) fn start(name: &str) -> Result<(), Failure> {
    let service = find(name, ServiceAccess::START | ServiceAccess::QUERY_STATUS)?;
    let nothing: [&str; 0] = [];
    service
        .start(&nothing)
        .map_err(|error| said("it does not start", &error))?;
    wait(&service, ServiceState::Running).map_err(|state| {
        Failure::service(format!(
            "it does not run ({state:?}); why stands in the event log: Get-EventLog -LogName Application -Source {name} -Newest 5"
        ))
    })
}

pub(super) fn stop(name: &str) -> Result<(), Failure> {
    let service = find(name, ServiceAccess::STOP | ServiceAccess::QUERY_STATUS)?;
    if state(&service) == ServiceState::Stopped {
        return Ok(());
    }
    service.stop().map_err(|error| said("it does not stop", &error))?;
    wait(&service, ServiceState::Stopped)
        .map_err(|state| Failure::service(format!("it has not ended after {} s ({state:?})", PATIENCE.as_secs())))
}

pub(super) fn uninstall(name: &str) -> Result<(), Failure> {
    stop(name)?;
    find(name, ServiceAccess::DELETE)?
        .delete()
        .map_err(|error| said("it cannot be taken off the list", &error))?;
    winlog2::deregister(name).map_err(|error| Failure::service(format!("its place in the event log stays: {error}")))
}

fn manager(access: ServiceManagerAccess) -> Result<ServiceManager, Failure> {
    ServiceManager::local_computer(None::<&str>, access)
        .map_err(|error| said("the service manager does not answer", &error))
}

fn find(name: &str, access: ServiceAccess) -> Result<Service, Failure> {
    manager(ServiceManagerAccess::CONNECT)?
        .open_service(name, access)
        .map_err(|error| said(&format!("the service {name}"), &error))
}

fn state(service: &Service) -> ServiceState {
    service
        .query_status()
        .map_or(ServiceState::Stopped, |status| status.current_state)
}

/// Waits until it is in that state; otherwise says in which one it stayed.
fn wait(service: &Service, wanted: ServiceState) -> Result<(), ServiceState> {
    let until = Instant::now() + PATIENCE;
    loop {
        let now = state(service);
        let is_lost = wanted == ServiceState::Running && now == ServiceState::Stopped;
        match now {
            _ if now == wanted => return Ok(()),
            _ if is_lost || Instant::now() >= until => return Err(now),
            _ => thread::sleep(EACH),
        }
    }
}

fn said(what: &str, error: &windows_service::Error) -> Failure {
    /// ERROR_ACCESS_DENIED
    const DENIED: i32 = 5;
    let (why, remedy) = match error {
        windows_service::Error::Winapi(system) if system.raw_os_error() == Some(DENIED) => {
            (system.to_string(), "; open the terminal as an administrator")
        }
        windows_service::Error::Winapi(system) => (system.to_string(), ""),
        other => (other.to_string(), ""),
    };
    Failure::service(format!("{what}: {why}{remedy}"))
}
