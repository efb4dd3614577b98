package digest

import (
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Folder is what [VerifyFolder] found. The lists have the names of objects.
type Folder struct {
	Digests  int      `json:"digests"` // that CloudTrail signed
	Logs     int      `json:"logs"`    // as a digest says
	Problems []string `json:"problems"`
	// Unsigned are the newest digests: their signature is in the next one, or in the object's metadata.
	Unsigned []string `json:"unsigned"`
	Unlisted []string `json:"unlisted"` // log files in no digest: of the newest hour, or added
}

// ParseKeys reads what "aws cloudtrail list-public-keys" prints.
func ParseKeys(text []byte) ([]Key, error) {
	var list struct {
		PublicKeyList []struct {
			Fingerprint string
			Value       []byte
		}
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list.PublicKeyList) == 0 {
		return nil, errors.Join(errors.New("no list of public keys"), err)
	}
	var keys []Key
	for _, k := range list.PublicKeyList {
		keys = append(keys, Key{k.Fingerprint, k.Value})
	}
	return keys, nil
}

// VerifyFolder verifies the digests in a folder, and the log files that they list. Files are found by their last name.
func VerifyFolder(from fs.FS, keys []Key) (*Folder, error) {
	f := &folder{from: from, logs: map[string]string{}, trails: map[string][]*File{}}
	f.Problems, f.Unsigned, f.Unlisted = []string{}, []string{}, []string{}
	if err := fs.WalkDir(from, ".", f.find); err != nil {
		return nil, err
	}
	for _, digests := range f.trails {
		slices.SortFunc(digests, func(a, b *File) int { return a.EndTime().Compare(b.EndTime()) })
		for i, d := range digests {
			f.checkSignature(d, digests[i+1:], keys)
			if i > 0 && d.PreviousObject != digests[i-1].Object {
				f.problem("%s: the digest before it, %s, is missing", d.Object, cmp.Or(d.PreviousObject, "of which it says that there is none"))
			}
			for _, l := range d.Logs {
				f.checkLog(d, l)
			}
		}
	}
	for name := range f.logs {
		f.Unlisted = append(f.Unlisted, name)
	}
	for _, list := range [][]string{f.Problems, f.Unsigned, f.Unlisted} {
		slices.Sort(list)
	}
	return &f.Folder, nil
}

type folder struct {
	Folder
	from   fs.FS
	logs   map[string]string  // paths, by their last name; those of digests are taken out
	trails map[string][]*File // digests, by their folder without the date
}

func (f *folder) problem(format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
}

func (f *folder) find(name string, e fs.DirEntry, err error) error {
	if err != nil || e.IsDir() || !strings.HasSuffix(name, ".json.gz") {
		return err
	}
	if !strings.Contains(path.Base(name), "_CloudTrail-Digest_") {
		f.logs[path.Base(name)] = name
		return nil
	}
	text, err := f.read(name)
	var d *File
	if err == nil {
		d, err = Parse(text)
	}
	if err == nil && path.Base(d.Object) != path.Base(name) {
		err = fmt.Errorf("it was written for %s", d.Object)
	}
	if err != nil {
		f.problem("%s: %v", name, err)
		return nil
	}
	trail := name[:strings.LastIndexByte(name, '_')]
	f.trails[path.Base(trail)] = append(f.trails[path.Base(trail)], d)
	return nil
}

// mostText bounds what a file may become: CloudTrail's are of a few MB.
const mostText = 1 << 30

func (f *folder) read(name string) ([]byte, error) {
	file, err := f.from.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, mostText))
}

// checkSignature verifies a digest by the signature in the one after it.
func (f *folder) checkSignature(d *File, later []*File, keys []Key) {
	i := slices.IndexFunc(later, func(l *File) bool { return l.PreviousObject == d.Object })
	if i < 0 {
		f.Unsigned = append(f.Unsigned, d.Object)
		return
	}
	if err := d.Verify(d.Bucket, d.Object, later[i].PreviousSignature, keys); err != nil {
		f.problem("%s: %v", d.Object, err)
		return
	}
	f.Digests++
}

func (f *folder) checkLog(d *File, l Log) {
	name, ok := f.logs[path.Base(l.Object)]
	if !ok {
		f.problem("%s: is missing: %s lists it", l.Object, d.Object)
		return
	}
	delete(f.logs, path.Base(l.Object))
	text, err := f.read(name)
	if err != nil {
		f.problem("%s: %v", name, err)
		return
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != l.Hash {
		f.problem("%s: was changed: its hash is not the one in %s", name, d.Object)
		return
	}
	f.Logs++
}
