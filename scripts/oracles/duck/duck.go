// Package duck has two judges of SQL from npm: DuckDB answers the queries of a lake in a folder, and a grammar of Trino reads
// their texts.
package duck

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"curfew/shared/audit/queries"
)

//go:embed package.json package-lock.json *.mjs
var files embed.FS

// installed returns the folder with the packages, which are installed once for each lock file.
func installed(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	all, err := files.ReadDir(".")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	texts := map[string][]byte{}
	for _, f := range all {
		text, err := files.ReadFile(f.Name())
		if err != nil {
			return "", err
		}
		texts[f.Name()] = text
		sum.Write(text)
	}
	dir := filepath.Join(cache, "curfew-oracles", hex.EncodeToString(sum.Sum(nil)[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return "", err
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(made, name), text, 0o600); err != nil {
			return "", err
		}
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", made)
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci of DuckDB: %w\n%s", err, out)
	}
	if err := os.Rename(made, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return dir, nil
}

// Mistakes are what a grammar of Trino does not understand in texts by name.
func Mistakes(ctx context.Context, texts map[string]string) ([]byte, error) {
	dir, err := installed(ctx)
	if err != nil {
		return nil, err
	}
	var in bytes.Buffer
	for name, text := range texts {
		if err := json.NewEncoder(&in).Encode(map[string]string{"name": name, "sql": text}); err != nil {
			return nil, err
		}
	}
	node := exec.CommandContext(ctx, "node", "trino.mjs")
	node.Dir, node.Stdin, node.Stderr = dir, &in, os.Stderr
	return node.Output()
}

// Engine is [queries.Engine]. Its Run must not be called at once by several.
type Engine struct {
	node    *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	folder  string
	Took    time.Duration               // DuckDB's, for the last statement
	sizes   map[string]map[string]int64 // of tables, by column
}

// Open makes the tables of the lake in a folder, and the views.
func Open(ctx context.Context, folder string) (*Engine, error) {
	dir, err := installed(ctx)
	if err != nil {
		return nil, err
	}
	e := &Engine{node: exec.CommandContext(ctx, "node", "duck.mjs"), folder: folder, sizes: map[string]map[string]int64{}}
	e.node.Dir, e.node.Stderr = dir, os.Stderr
	out, err := e.node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	e.answers = bufio.NewReader(out)
	if e.in, err = e.node.StdinPipe(); err == nil {
		err = e.node.Start()
	}
	if err != nil {
		return nil, err
	}
	for _, text := range statements(folder) {
		if _, err := e.Do(ctx, text, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("%.200s: %w", text, err), e.Close())
		}
	}
	return e, nil
}

// Close ends DuckDB.
func (e *Engine) Close() error { return errors.Join(e.in.Close(), e.node.Wait()) }

// Busy is how long DuckDB kept processors busy: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func (e *Engine) Busy() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.node.Process.Pid))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 15 {
		return 0
	}
	user, _ := strconv.Atoi(fields[13])
	system, _ := strconv.Atoi(fields[14])
	return time.Duration(user+system) * time.Second / 100
}

// Run answers a query.
func (e *Engine) Run(ctx context.Context, q queries.Query, args []queries.Value) (queries.Result, error) {
	r, err := e.Do(ctx, q.Text, args)
	if err != nil {
		err = fmt.Errorf("%s: %w", q.Name, err)
	}
	return r, err
}

// Do runs one statement.
func (e *Engine) Do(_ context.Context, text string, args []queries.Value) (r queries.Result, err error) {
	if err := json.NewEncoder(e.in).Encode(map[string]any{"sql": text, "args": args}); err != nil {
		return r, err
	}
	line, err := e.answers.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("DuckDB ended: %w", err)
	}
	var a struct {
		Columns []string
		Rows    [][]queries.Value
		Error   string
		Took    float64 // milliseconds
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		return r, err
	}
	if a.Error != "" {
		return r, errors.New(a.Error)
	}
	e.Took = time.Duration(a.Took * float64(time.Millisecond))
	for _, row := range a.Rows {
		for i, v := range row {
			if n, is := v.(json.Number); is {
				if row[i], err = n.Int64(); err != nil {
					return r, err
				}
			}
		}
	}
	return queries.Result{Columns: a.Columns, Rows: a.Rows}, nil
}
