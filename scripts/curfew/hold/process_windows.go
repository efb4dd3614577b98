package hold

import (
	"os"
	"syscall"
)

// Listen are the signals that [Holder.Signals] brings: Ctrl-C, which a console gives to the command as well.
func Listen(bool) []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// HasTerminal is true: a console tells all of its processes.
func HasTerminal() bool { return true }

func fatal(os.Signal) bool    { return true }
func suspends(os.Signal) bool { return false }
func suspend()                {}

// Code is that of an interrupt.
func (e *SignalError) Code() int { return 130 }

func attributes(bool) *syscall.SysProcAttr { return nil }

// pass does nothing: the console has told the command.
func (p *process) pass(os.Signal) {}

// terminate kills: there is nothing milder.
func (p *process) terminate() { p.kill() }
func (p *process) kill()      { _ = p.Kill() } // it fails only if the command is gone

func signalOf(*os.ProcessState) (int, bool) { return 0, false }
