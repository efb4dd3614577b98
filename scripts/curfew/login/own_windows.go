package login

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// openOwn relies on the access control list of the person's profile, in which the folder is: Windows has no mode.
func openOwn(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: remove it, and log in again", path)
	}
	return os.Open(path)
}

func checkOwn(path string, info fs.FileInfo, _ fs.FileMode) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder: remove it, and log in again", path)
	}
	return nil
}

// tryLock reports whether it got the lock, which ends with the file.
func tryLock(file *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
