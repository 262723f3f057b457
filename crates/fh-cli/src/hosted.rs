//! The program as a service of Windows: the service manager starts it, tells it to stop, and hears how it goes.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use windows_service::{
    define_windows_service,
    service::{ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType},
    service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle},
    service_dispatcher,
};

use crate::{
    exit::{Exit, Failure},
    interrupt::Interrupt,
    output,
};

type Work = Box<dyn FnOnce(Interrupt) -> Exit + Send>;

/// How long an end may take: what is on the wire is waited for, and what is being answered as long again.
const TO_END: Duration = Duration::from_secs(30);

/// What the manager's thread is to do, which hands nothing over.
static HOSTED: Mutex<Option<(String, Work)>> = Mutex::new(None);

define_windows_service!(entry, serve);

/// Works for the service manager until that says stop. What is said on standard error, where nobody reads it, goes into the event log.
pub(crate) fn host(name: &str, work: impl FnOnce(Interrupt) -> Exit + Send + 'static) -> Result<Exit, Failure> {
    *HOSTED.lock().unwrap_or_else(PoisonError::into_inner) = Some((name.to_owned(), Box::new(work)));
    service_dispatcher::start(name, entry).map_err(|error| {
        Failure::usage(format!(
            "only the service manager starts this ({error}); `fh service start` asks it to, `fh serve` does the same without it"
        ))
    })?;
    Ok(Exit::Well)
}

fn serve(_: Vec<OsString>) {
    let Some((name, work)) = HOSTED.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return;
    };
    if winlog2::init(&name).is_ok() {
        output::remark_elsewhere(|text| log::info!("{text}"));
    }
    let (interrupt, ask) = Interrupt::by_hand();
    let handle = Arc::new(OnceLock::new());
    let told = handle.clone();
    let registered = service_control_handler::register(&name, move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            report(told.get(), ServiceState::StopPending, Exit::Well);
            ask();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    });
    let Ok(registered) = registered else { return };
    let handle = handle.get_or_init(|| registered);
    report(Some(handle), ServiceState::Running, Exit::Well);
    let exit = work(interrupt);
    report(Some(handle), ServiceState::Stopped, exit);
}

fn report(handle: Option<&ServiceStatusHandle>, state: ServiceState, exit: Exit) {
    let Some(handle) = handle else { return };
    let accepts = if state == ServiceState::Running {
        ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN
    } else {
        ServiceControlAccept::empty()
    };
    let exit_code = match exit.code() {
        0 => ServiceExitCode::NO_ERROR,
        code => ServiceExitCode::ServiceSpecific(code.into()),
    };
    // The manager is the only one who could be told of it.
    let _ = handle.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepts,
        exit_code,
        checkpoint: 0,
        wait_hint: if state == ServiceState::StopPending {
            TO_END
        } else {
            Duration::ZERO
        },
        process_id: None,
    });
}
