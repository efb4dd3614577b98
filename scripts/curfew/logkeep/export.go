package logkeep

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"curfew/scripts/curfew/atomicfile"
	"curfew/shared/fault"
)

// ExportResult counts versions. Older ones and delete markers are in the folder of [OlderOf].
type ExportResult struct {
	Versions int64 `json:"versions"`
	Older    int64 `json:"older"`
	Markers  int64 `json:"delete_markers"`
	Bytes    int64 `json:"bytes"`
	Copied   int64 `json:"copied"` // the others were there, and are the same
}

// ListName is the list of all versions, in the folder of older ones: one JSON object a line.
const ListName = "versions.jsonl"

// OlderOf returns the folder of older versions of an export.
func OlderOf(dir string) string { return filepath.Clean(dir) + ".versions" }

// Export copies all versions. It may be repeated after a crash: what was copied is compared with the list by its SHA-256.
// Invalid: a name leads out of the folder, or a size differs. tell is called after each version.
func (b Bucket) Export(ctx context.Context, dir string, tell func(ExportResult)) (done ExportResult, err error) {
	older := OlderOf(dir)
	had, err := readList(filepath.Join(older, ListName))
	if err != nil {
		return done, err
	}
	if err := os.MkdirAll(older, 0o700); err != nil {
		return done, err
	}
	list, err := os.OpenFile(filepath.Join(older, ListName), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	var all []Version
	err = b.versions(ctx, "", func(v Version) error {
		if v.Deleted {
			done.Markers++
			all = append(all, v)
			return nil
		}
		copied, err := b.copy(ctx, dir, &v, had)
		if err != nil {
			return err
		}
		if copied {
			done.Copied++
			if err := json.NewEncoder(list).Encode(v); err != nil {
				return err
			}
		}
		done.Versions, done.Bytes = done.Versions+1, done.Bytes+v.Size
		if !v.Latest {
			done.Older++
		}
		all = append(all, v)
		tell(done)
		return nil
	})
	if err == nil {
		err = writeList(filepath.Join(older, ListName), all)
	}
	return done, err
}

// copy writes one version, unless its file is there.
func (b Bucket) copy(ctx context.Context, dir string, v *Version, had map[[2]string]string) (copied bool, err error) {
	if id := url.PathEscape(v.ID); !fs.ValidPath(v.Name) || v.Name == "." || !filepath.IsLocal(filepath.FromSlash(v.Name)) || !fs.ValidPath(id) || !filepath.IsLocal(id) {
		return false, fault.Errorf(fault.Invalid, "%.80q, version %.80q, is not a name for a file", v.Name, v.ID)
	}
	path := filepath.Join(dir, filepath.FromSlash(v.Name))
	if !v.Latest {
		path = filepath.Join(OlderOf(dir), filepath.FromSlash(v.Name), url.PathEscape(v.ID))
	}
	if sum := had[[2]string{v.Name, v.ID}]; sum != "" {
		if data, err := os.ReadFile(path); err == nil && sumOf(data) == sum {
			v.SHA256 = sum
			return false, nil
		}
	}
	data, err := b.ReadVersion(ctx, v.Name, v.ID)
	if err != nil {
		return false, err
	}
	if int64(len(data)) != v.Size {
		return false, fault.Errorf(fault.Invalid, "%s, version %s, has %d bytes, and is listed with %d", v.Name, v.ID, len(data), v.Size)
	}
	v.SHA256 = sumOf(data)
	return true, writeFile(path, data)
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// writeFile makes the file whole or not at all.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, data)
}

// readList returns the SHA-256 of what an earlier run copied, by name and version. A crash may have cut the last line.
func readList(path string) (map[[2]string]string, error) {
	had := map[[2]string]string{}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return had, nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var v Version
		if json.Unmarshal(lines.Bytes(), &v) == nil {
			had[[2]string{v.Name, v.ID}] = v.SHA256
		}
	}
	return had, err
}

func writeList(path string, all []Version) error {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	for _, v := range all {
		if err := to.Encode(v); err != nil {
			return err
		}
	}
	return writeFile(path, b.Bytes())
}
