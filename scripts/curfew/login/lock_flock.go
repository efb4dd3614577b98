//go:build unix && !solaris && !illumos && !aix

package login

import (
	"errors"
	"os"
	"syscall"
)

// tryLock reports whether it got the lock, which ends with the file.
func tryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	return err == nil, err
}
