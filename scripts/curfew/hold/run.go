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

// Run waits until an active elevation may be relied upon, runs the command, and holds the elevation until the command has
// exited. It does not end the elevation: [Holder.End] does, whatever Run gave.
//
// The number is what a shell gives for the command: its exit code, or 128 and the number of the signal that it died of.
// The [*OverError], if it is not nil, is why access was over before the command was. An error is of a command that was not run:
// an [*OverError], a [*SignalError], or what the system said when it was to be started.
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
	// The API is asked by one at a time: who ends the elevation afterwards is alone.
	defer func() { cancel(); <-kept }()
	if err := h.settle(e, ended); err != nil {
		return 0, nil, err
	}
	return h.accompany(cmd, ended)
}

// settle waits until the grant of an active elevation may be relied upon.
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
			if fatal(s) {
				return &SignalError{s}
			}
			h.pauseFor(s)
		}
	}
}

// accompany runs the command. Signals are passed on to it; if its access is over it is asked to end, and then made to.
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

// process is a command that was started.
type process struct {
	*os.Process
	// own: it is the first of a process group of its own, which gets the signals as a whole.
	own    bool
	exited chan error // what waiting for it gave, once
}

// start starts a command and waits for it beside.
//
// The thread that starts it lives until it has exited: where the system tells a command that its parent died, it means
// that thread.
func start(cmd *exec.Cmd, terminal bool) (*process, error) {
	p := &process{own: !terminal, exited: make(chan error, 1)}
	cmd.SysProcAttr = attributes(p.own)
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

// exitCode is the number that a shell gives for how a command ended.
func exitCode(state *os.ProcessState, err error) int {
	if state == nil { // waiting failed: nothing is known of it
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
