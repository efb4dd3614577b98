package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed catalog
var catalogFiles embed.FS

// catalogOf returns the throwaway catalog by path, for an installation and its member account.
func catalogOf(name, member, region string) (map[string]string, error) {
	fill := strings.NewReplacer("NAME", name, "MEMBER", member, "REGION", region)
	all := map[string]string{"entitlements/managed.yaml": fill.Replace(managedEntitlement())}
	err := fs.WalkDir(catalogFiles, "catalog", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := catalogFiles.ReadFile(path)
		all[strings.TrimPrefix(path, "catalog/")] = fill.Replace(string(text))
		return err
	})
	return all, err
}

// managedEntitlement is too large for an inline policy: Grant makes managed policies of it.
func managedEntitlement() string {
	statements := []string{`{Effect: Allow, Action: "iam:GetAccountSummary", Resource: "*"}`}
	for i, action := range []string{"GetObject", "PutObject", "DeleteObject", "GetObjectTagging"} {
		var buckets []string
		for j := range 30 {
			buckets = append(buckets, fmt.Sprintf(`"arn:aws:s3:::%s%d-%d/*"`, strings.Repeat("no-such-", 7), i, j))
		}
		statements = append(statements, fmt.Sprintf(`{Effect: Allow, Action: "s3:%s", Resource: [%s]}`, action, strings.Join(buckets, ", ")))
	}
	return `about: Managed policies, after an approval
owners: ["group:platform"]
principals: ["arn:aws:iam::MEMBER:role/acceptance-NAME/*"]
requesters: ["group:engineers"]
tasks: [change]
max: 30m
approval: {need: 1, of: ["group:leads"], within: 10m}
session: none
policy: {Version: "2012-10-17", Statement: [` + strings.Join(statements, ", ") + "]}\n"
}

// writeCatalog writes the catalog to a folder, for scripts/build.
func writeCatalog(folder, name, member, region string) error {
	files, err := catalogOf(name, member, region)
	if err != nil {
		return err
	}
	for path, text := range files {
		path = filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
