package awsauth

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

const credentialsFile = `
# keys
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret

[ ci ]
aws_access_key_id=AKIACI
aws_secret_access_key=ci-secret
aws_session_token = ci-token

[both]
aws_access_key_id = AKIABOTH
aws_secret_access_key = both-secret
`

const configFile = `
[default]
region = eu-west-1
s3 =
    region = nowhere-1
[profile ci]
region = eu-central-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
[profile chained]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = default
[profile both]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = both
[profile process]
credential_process = /bin/keys
aws_access_key_id = AKIACONFIG
aws_secret_access_key = config-secret
[profile keys-in-config]
aws_access_key_id = AKIACONFIG
aws_secret_access_key = config-secret
`

func source(env map[string]string, files map[string]string) Source {
	return Source{
		Getenv: func(name string) string { return env[name] },
		Home:   "/home/ana",
		ReadFile: func(path string) ([]byte, error) {
			if text, ok := files[path]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

func bothFiles() map[string]string {
	return map[string]string{"/home/ana/.aws/credentials": credentialsFile, "/home/ana/.aws/config": configFile}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name              string
		env               map[string]string
		key, token, wants string // the region
	}{
		{"the environment first", map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_PROFILE": "ci"}, "AKIAENV", "t", "eu-central-1"},
		{"the default profile", nil, "AKIADEFAULT", "", "eu-west-1"},
		{"a chosen profile", map[string]string{"AWS_PROFILE": "ci"}, "AKIACI", "ci-token", "eu-central-1"},
		{"AWS_REGION before the file", map[string]string{"AWS_PROFILE": "ci", "AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "us-west-1"}, "AKIACI", "ci-token", "us-east-2"},
		{"AWS_DEFAULT_REGION before the file", map[string]string{"AWS_DEFAULT_REGION": "us-west-1"}, "AKIADEFAULT", "", "us-west-1"},
		{"keys in the config file", map[string]string{"AWS_PROFILE": "keys-in-config"}, "AKIACONFIG", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := source(c.env, bothFiles()).Find()
			if err != nil {
				t.Fatal(err)
			}
			if k := got.Credentials; k.AccessKeyID != c.key || k.SessionToken != c.token || got.Region != c.wants {
				t.Errorf("got key %s, token %q, region %q; want %s, %q, %q", k.AccessKeyID, k.SessionToken, got.Region, c.key, c.token, c.wants)
			}
		})
	}
}

func TestFindElsewhere(t *testing.T) {
	got, err := source(map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "/run/keys"}, map[string]string{"/run/keys": credentialsFile}).Find()
	if err != nil || got.Credentials.AccessKeyID != "AKIADEFAULT" {
		t.Errorf("got %v, %v", got.Credentials, err)
	}
}

func TestFindSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"sso", map[string]string{"AWS_PROFILE": "sso"}, "aws configure export-credentials --profile sso --format env"},
		{"assumed role", map[string]string{"AWS_PROFILE": "chained"}, "aws configure export-credentials --profile chained --format env"},
		{"assumed role beside a key", map[string]string{"AWS_PROFILE": "both"}, "by role_arn"},
		{"a process before a key in the config file", map[string]string{"AWS_PROFILE": "process"}, "by credential_process"},
		{"unknown profile", map[string]string{"AWS_PROFILE": "typo"}, "check AWS_PROFILE"},
		{"half a key", map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV"}, "set both"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := source(c.env, bothFiles()).Find()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("a container", func(t *testing.T) {
		_, err := source(map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/"}, nil).Find()
		if err == nil || !strings.Contains(err.Error(), "aws configure export-credentials --format env") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestFindNothing(t *testing.T) {
	if _, err := source(nil, nil).Find(); !errors.Is(err, ErrNone) {
		t.Errorf("error = %v, want ErrNone", err)
	}
}

func TestFindUnreadableFile(t *testing.T) {
	s := source(nil, nil)
	s.ReadFile = func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	if _, err := s.Find(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error = %v, want permission", err)
	}
}

func FuzzReadSection(f *testing.F) {
	f.Add(credentialsFile, "default")
	f.Add(configFile, "profile ci")
	f.Fuzz(func(t *testing.T, text, name string) {
		for key, value := range readSection(text, name) {
			if key != strings.ToLower(strings.TrimSpace(key)) || value != strings.TrimSpace(value) {
				t.Errorf("%q = %q is not trimmed", key, value)
			}
		}
	})
}
