// Package atomicfile writes files of people whole or not at all.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write replaces the file, readable by its owner alone. A symbolic link is replaced, not followed. After a crash the file is the old or
// the new one. The folder must exist.
func Write(path string, data []byte) error {
	next, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600, in the same file system
	if err != nil {
		return err
	}
	_, err = next.Write(data)
	if err = errors.Join(err, next.Sync(), next.Close()); err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(next.Name()))
	}
	return err
}
