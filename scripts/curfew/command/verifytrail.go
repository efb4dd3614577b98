package command

import (
	"fmt"
	"io"
	"os"

	trail "curfew/shared/trail/digest"
)

// verifyTrail verifies CloudTrail's files in a folder by its digest files.
func (a *app) verifyTrail(dir, keysFile string) error {
	text, err := a.ReadFile(keysFile)
	if err != nil {
		return usage("--cloudtrail-keys: %v", err)
	}
	keys, err := trail.ParseKeys(text)
	if err != nil {
		return usage("--cloudtrail-keys %s: %v; aws cloudtrail list-public-keys prints them, for the Region and time of the files", keysFile, err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usage("%s is no folder: --cloudtrail-keys verifies the files in one", dir)
	}
	r, err := trail.VerifyFolder(os.DirFS(dir), keys)
	if err != nil {
		return err
	}
	if r.Digests+r.Logs+len(r.Problems)+len(r.Unsigned) == 0 {
		return usage("%s has no digest files of CloudTrail: turn on log file validation, and sync the folder CloudTrail-Digest too", dir)
	}
	err = a.print(r, func(w io.Writer) error {
		fmt.Fprintf(w, "%s signed by CloudTrail, %s as they were delivered\n", count(r.Digests, "digest", "digests"), count(r.Logs, "log file", "log files"))
		a.writeLines(w, "problems", r.Problems)
		a.writeLines(w, "not signed yet: the next digest has the signature", r.Unsigned)
		a.writeLines(w, "in no digest: of the newest hour, or added", r.Unlisted)
		return nil
	})
	if err == nil && len(r.Problems) > 0 {
		return &failure{EvidenceFails, fmt.Sprintf("the files are not what CloudTrail delivered: %s; keep this copy, and report it", count(len(r.Problems), "problem", "problems"))}
	}
	return err
}
