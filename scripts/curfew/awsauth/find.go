package awsauth

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Source is where credentials are looked for. Its fields stand for the process: a test gives its own.
type Source struct {
	Getenv   func(string) string
	ReadFile func(path string) ([]byte, error)
	Home     string // the user's home folder; empty: there is none
}

// Found is what was found.
type Found struct {
	Credentials Credentials
	Region      string // empty: nobody said
	From        string // where, for people
}

// ErrNone: there are no credentials, and nothing that tells of any.
var ErrNone = errors.New("there are no AWS credentials")

// Find looks for credentials in the order of the AWS CLI: the environment, then the profile AWS_PROFILE (default) in the
// shared credentials file, then in the config file. Where the AWS CLI would fetch some instead, that is an error. [ErrNone]: there are none. Any other error says what to do.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
func (s Source) Find() (Found, error) {
	files, err := s.profile()
	if err != nil {
		return Found{}, err
	}
	found := Found{Region: first(s.Getenv("AWS_REGION"), s.Getenv("AWS_DEFAULT_REGION"), files.config["region"], files.credentials["region"])}
	found.Credentials = Credentials{s.Getenv("AWS_ACCESS_KEY_ID"), s.Getenv("AWS_SECRET_ACCESS_KEY"), s.Getenv("AWS_SESSION_TOKEN")}
	found.From = "the environment"
	switch c := found.Credentials; {
	case c.AccessKeyID != "" && c.SecretAccessKey != "":
		return found, nil
	case c.AccessKeyID != "" || c.SecretAccessKey != "":
		return Found{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: one of them is not set; set both")
	}
	if err := files.leads("role_arn", "web_identity_token_file", "sso_session", "sso_start_url"); err != nil {
		return Found{}, err
	}
	if found.Credentials, found.From = keys(files.credentials), "profile "+files.name; found.Credentials.AccessKeyID != "" {
		return found, nil
	}
	if err := files.leads("credential_process", "login_session"); err != nil {
		return Found{}, err
	}
	if found.Credentials = keys(files.config); found.Credentials.AccessKeyID != "" {
		return found, nil
	}
	return Found{}, s.elsewhere(files)
}

// keys are the credentials of a section that has both halves of a key.
func keys(section map[string]string) Credentials {
	c := Credentials{section["aws_access_key_id"], section["aws_secret_access_key"], section["aws_session_token"]}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return Credentials{}
	}
	return c
}

// elsewhere is the error of a search that found nothing: what tells of credentials all the same.
func (s Source) elsewhere(p profile) error {
	for _, name := range []string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		if s.Getenv(name) != "" {
			return fmt.Errorf("the credentials that %s leads to are fetched by the AWS CLI: run eval \"$(aws configure export-credentials --format env)\"", name)
		}
	}
	if p.chosen {
		return fmt.Errorf("profile %s has no credentials: check AWS_PROFILE, or run eval \"$(aws configure export-credentials --profile %s --format env)\"", p.name, p.name)
	}
	return ErrNone
}

// profile is what the two files say of one profile.
type profile struct {
	name        string
	chosen      bool // by AWS_PROFILE
	credentials map[string]string
	config      map[string]string
}

// leads is an error if one of these keys says that the profile's credentials have to be fetched. To use a key that lies
// beside it instead would be to call as somebody else than the AWS CLI does.
func (p profile) leads(names ...string) error {
	for _, name := range names {
		if p.config[name] != "" || p.credentials[name] != "" {
			return fmt.Errorf("profile %s has its credentials by %s, which only the AWS CLI follows: run eval \"$(aws configure export-credentials --profile %s --format env)\"", p.name, name, p.name)
		}
	}
	return nil
}

func (s Source) profile() (profile, error) {
	p := profile{name: first(s.Getenv("AWS_PROFILE"), "default"), chosen: s.Getenv("AWS_PROFILE") != ""}
	var err error
	if p.credentials, err = s.section("AWS_SHARED_CREDENTIALS_FILE", "credentials", p.name); err != nil {
		return p, err
	}
	name := "profile " + p.name
	if p.name == "default" {
		name = "default"
	}
	p.config, err = s.section("AWS_CONFIG_FILE", "config", name)
	return p, err
}

// section reads one section of a file. A file that is not there has none.
func (s Source) section(variable, file, name string) (map[string]string, error) {
	path := s.Getenv(variable)
	if path == "" {
		if s.Home == "" {
			return nil, nil
		}
		path = filepath.Join(s.Home, ".aws", file)
	}
	b, err := s.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading AWS's %s file: %w", file, err)
	}
	return readSection(string(b), name), nil
}

// readSection reads the keys of one section. What is indented belongs to the key above it and is passed over, and so is
// what is no key at all: the AWS CLI judges its files.
func readSection(text, name string) map[string]string {
	keys := map[string]string{}
	inside := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[':
			heading, _, _ := strings.Cut(trimmed[1:], "]")
			inside = strings.Join(strings.Fields(heading), " ") == name
		case !inside || line[0] == ' ' || line[0] == '\t':
		default:
			if key, value, ok := strings.Cut(trimmed, "="); ok {
				keys[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
			}
		}
	}
	return keys
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
