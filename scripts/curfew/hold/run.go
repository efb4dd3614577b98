package hold

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"

	"curfew/scripts/curfew/client"
)

// Run waits until the grant of an active elevation is usable, runs the command, and holds the elevation until the
// command exits. It does not end the elevation: call [Holder.End] after it, also after an error.
//
// code is the command's exit code, or 128 plus the signal that killed it. early, if not nil, says why access was over
// before the command. err means that the command did not run: an [*OverError], a [*SignalError], or the system's error.
func (h *Holder) Run(e client.Elevation, cmd *exec.Cmd) (code int, early *OverError, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan *OverError, 1)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if o := h.keep(ctx, e); o != nil {
			ended <- o
		}
	}()
	// Stop keep before End is called: the API gets one call at a time.
	defer func() { cancel(); <-kept }()
	if err := h.settle(e, ended); err != nil {
		return 0, nil, err
	}
	return h.accompany(cmd, ended)
}

// settle waits until the grant is usable.
func (h *Holder) settle(e client.Elevation, ended <-chan *OverError) error {
	ready := time.NewTimer(min(h.Pace.Settle, time.Until(e.ReadyAt)))
	defer ready.Stop()
	look := time.NewTicker(h.Pace.Look)
	defer look.Stop()
	for {
		select {
		case <-ready.C:
			return nil
		case <-look.C:
			h.Progress(e)
		case o := <-ended:
			return o
		case s := <-h.Signals:
			if isFatal(s) {
				return &SignalError{s}
			}
			h.pauseFor(s)
		}
	}
}

// accompany runs the command and passes signals on. If access is over, it terminates the command, and kills it after
// Pace.Grace.
func (h *Holder) accompany(cmd *exec.Cmd, ended <-chan *OverError) (code int, early *OverError, err error) {
	h.Starting()
	p, err := start(cmd, h.Terminal)
	if err != nil {
		return 0, nil, err
	}
	grace := time.NewTimer(0)
	<-grace.C
	for {
		select {
		case s := <-h.Signals:
			p.pass(s)
		case early = <-ended:
			h.sayf("access is over: %s; the command is asked to end, and killed in %s", early.Why, h.Pace.Grace)
			p.terminate()
			grace.Reset(h.Pace.Grace)
		case <-grace.C:
			h.sayf("the command goes on without access: it is killed")
			p.kill()
		case err := <-p.exited:
			return exitCode(cmd.ProcessState, err), early, nil
		}
	}
}

// process is a started command.
type process struct {
	*os.Process
	// hasOwnGroup: the command leads its own process group, and signals go to the group.
	hasOwnGroup bool
	exited      chan error // the result of Wait, once
}

// start starts a command and waits for it in a goroutine.
//
// The goroutine's thread lives until the command has exited: PR_SET_PDEATHSIG is about the parent's thread.
func start(cmd *exec.Cmd, terminal bool) (*process, error) {
	p := &process{hasOwnGroup: !terminal, exited: make(chan error, 1)}
	cmd.SysProcAttr = attributes(p.hasOwnGroup)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.Process = cmd.Process
		started <- err
		if err == nil {
			p.exited <- cmd.Wait()
		}
	}()
	return p, <-started
}

// exitCode returns the code that a shell would give.
func exitCode(state *os.ProcessState, err error) int {
	if state == nil { // Wait failed
		return 1
	}
	if n, ok := signalOf(state); ok {
		return 128 + n
	}
	if code := state.ExitCode(); code != 0 {
		return code
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited { // it succeeded, and its output was lost
		return 1
	}
	return 0
}
