package log

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"curfew/shared/fault"
)

// Folder is [Objects] in a directory, for one process. It has no lock against changes.
type Folder struct {
	Path string
	mu   sync.Mutex
}

var (
	_ Objects = (*Folder)(nil)
	_ Source  = (*Folder)(nil)
)

func (f *Folder) Read(ctx context.Context, name string) ([]byte, string, error) {
	data, err := f.ReadVersion(ctx, name, "")
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

// Versions is [Source.Versions]. A folder has one version of each object.
func (f *Folder) Versions(ctx context.Context, each func(Version) error) error {
	dir, err := os.OpenRoot(f.Path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return fs.WalkDir(dir.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return cmp.Or(err, ctx.Err())
		}
		return each(Version{Name: name, Latest: true})
	})
}

// MaxObject bounds the bytes of an object: a full bundle of the longest entries has 16 MiB.
const MaxObject = 48 << 20

// ReadVersion is [Source.ReadVersion]. Invalid: it is no regular file, or too long. The folder may be another's: links do
// not lead out of it.
func (f *Folder) ReadVersion(_ context.Context, name, _ string) ([]byte, error) {
	if _, err := f.file(name); err != nil {
		return nil, err
	}
	data, err := readIn(f.Path, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Errorf(fault.NotFound, "there is no %s in %s", name, f.Path)
	}
	return data, fault.Wrap(err, "reading %s", name)
}

func readIn(path, name string) ([]byte, error) {
	dir, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	info, err := dir.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	case err != nil: // a link in its path, or a file
		return nil, fault.Errorf(fault.Invalid, "%w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxObject {
		return nil, fault.Errorf(fault.Invalid, "it is no regular file of at most %d bytes", MaxObject)
	}
	file, err := dir.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, info.Size())
	_, err = io.ReadFull(file, data)
	return data, err
}

func (f *Folder) Create(ctx context.Context, name string, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, _, err := f.Read(ctx, name)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return f.write(name, data)
	case err != nil:
		return err
	case !bytes.Equal(was, data):
		return fault.Errorf(fault.Conflict, "%s exists with other bytes", name)
	}
	return nil
}

func (f *Folder) Replace(ctx context.Context, name string, data []byte, tag string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, now, err := f.Read(ctx, name)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if now != tag {
		return fault.Errorf(fault.Conflict, "%s was replaced meanwhile", name)
	}
	return f.write(name, data)
}

// write makes the file whole or not at all.
func (f *Folder) write(name string, data []byte) error {
	file, err := f.file(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fault.Wrap(err, "writing %s", name)
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return fault.Wrap(err, "writing %s", name)
	}
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return fault.Wrap(err, "writing %s", name)
}

// file refuses names that lead out of the folder.
func (f *Folder) file(name string) (string, error) {
	if !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fault.Errorf(fault.Invalid, "%.80q is not the name of an object", name)
	}
	return filepath.Join(f.Path, filepath.FromSlash(name)), nil
}
