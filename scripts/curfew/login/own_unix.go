//go:build unix

package login

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openOwn opens a file of this user that others may not read or write.
func openOwn(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		return nil, fmt.Errorf("%s is a symbolic link: remove it, and log in again", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file: remove it, and log in again", path)
	}
	if err == nil {
		err = checkOwn(path, info, 0o077)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// checkOwn refuses what another user owns, and what others may do by the bits.
func checkOwn(path string, info fs.FileInfo, bits fs.FileMode) error {
	if info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s is a symbolic link: remove it, and log in again", path)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || int64(s.Uid) != int64(os.Getuid()) {
		return fmt.Errorf("%s is of another user: remove it, and log in again", path)
	}
	if info.Mode().Perm()&bits != 0 {
		return fmt.Errorf("%s has mode %04o, and others can reach it: remove it, and log in again: the tokens in it may be known", path, info.Mode().Perm())
	}
	return nil
}
