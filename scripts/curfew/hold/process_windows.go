package hold

import (
	"os"
	"syscall"
)

// Listen returns the signals for [Holder.Signals]. A console sends Ctrl-C to the command as well.
func Listen(bool) []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// HasTerminal is true: a console signals all of its processes.
func HasTerminal() bool { return true }

func isFatal(os.Signal) bool   { return true }
func isSuspend(os.Signal) bool { return false }
func suspend()                 {}

// Code returns the exit code of an interrupt.
func (e *SignalError) Code() int { return 130 }

func attributes(bool) *syscall.SysProcAttr { return nil }

// pass does nothing: the console signals the command itself.
func (p *process) pass(os.Signal) {}

// terminate kills: Windows has no SIGTERM.
func (p *process) terminate() { p.kill() }
func (p *process) kill()      { _ = p.Kill() } // fails only if the command is gone

func signalOf(*os.ProcessState) (int, bool) { return 0, false }
