//go:build linux || darwin

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// width returns a terminal's columns; 0 if f is no terminal.
func width(f *os.File) int {
	var size struct{ rows, columns, x, y uint16 }
	if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size))); failed != 0 {
		return 0
	}
	return int(size.columns)
}
