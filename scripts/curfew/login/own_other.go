//go:build !unix && !windows

package login

import (
	"errors"
	"io/fs"
	"os"
)

// openOwn cannot tell who may read a file here.
func openOwn(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func checkOwn(string, fs.FileInfo, fs.FileMode) error { return errors.ErrUnsupported }
