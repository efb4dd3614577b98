package trailtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const account = "111122223333"

// roleID is the unique id of a role, made of its name.
func roleID(role string) string {
	var n uint64 = 14695981039346656037
	for _, c := range []byte(role) {
		n = (n ^ uint64(c)) * 1099511628211
	}
	return fmt.Sprintf("AROA%017d", n%1e17)
}

// identity is the userIdentity of a record.
type identity struct {
	text    string
	account string
}

// sessionOf is the identity of a role's session.
func sessionOf(role, name string, created time.Time, more string) identity {
	id, arn := roleID(role), "arn:aws:iam::"+account+":role/"+role
	return identity{account: account, text: `{"type":"AssumedRole","principalId":"` + id + `:` + name + `","arn":"arn:aws:sts::` + account + `:assumed-role/` + role[strings.LastIndexByte(role, '/')+1:] + `/` + name +
		`","accountId":"` + account + `","accessKeyId":"ASIA` + id[4:] + `","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"` + id + `","arn":"` + arn + `","accountId":"` + account +
		`","userName":"` + role[strings.LastIndexByte(role, '/')+1:] + `"},"webIdFederationData":{},"attributes":{"creationDate":"` + created.Format(time.RFC3339) + `","mfaAuthenticated":"false"}` + more + `}}`}
}

// foreign are identities that are no principal of the day's: every type that published records have.
var foreign = []identity{
	{`{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000042","arn":"arn:aws:iam::111122223333:user/build","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE000000042","userName":"build","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"2026-11-29T08:00:00Z","mfaAuthenticated":"false"}}}`, account},
	{`{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}`, account},
	{`{"accountId":"111122223333","invokedBy":"secretsmanager.amazonaws.com"}`, account},
	{`{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":""}`, account},
	{`{"type":"AWSAccount","principalId":"AROAEXAMPLE0000000077:deploy","accountId":"444455556666"}`, account},
	{`{"type":"FederatedUser","principalId":"111122223333:console","arn":"arn:aws:sts::111122223333:federated-user/console","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE000000043","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000043","arn":"arn:aws:iam::111122223333:user/bridge","accountId":"111122223333","userName":"bridge"},"webIdFederationData":{},"attributes":{"creationDate":"2026-11-29T08:00:00Z","mfaAuthenticated":"false"}}}`, account},
	{`{"type":"IdentityCenterUser","accountId":"777788889999","onBehalfOf":{"userId":"906760a4-5051-70d2-1f0a-b1c2d3e4f506","identityStoreArn":"arn:aws:identitystore::777788889999:identitystore/d-9067000000"},"credentialId":"c29tZXRoaW5n"}`, account},
	{`{"type":"WebIdentityUser","principalId":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/app:ref:refs/heads/main","userName":"repo:example/app:ref:refs/heads/main","identityProvider":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`, account},
	{`{"type":"SAMLUser","principalId":"SAMLEXAMPLE:ana","userName":"ana","identityProvider":"SAMLEXAMPLE"}`, account},
	{`{"type":"Unknown","principalId":"AIDAEXAMPLE0000000099","accountId":"111122223333"}`, account},
}

// write writes one record. Its filling is what such records have beside what attribution reads.
func write(b []byte, seq int64, at time.Time, d identity, c call, name, fault string) []byte {
	b = append(b, `{"eventVersion":"1.11","userIdentity":`...)
	b = append(b, d.text...)
	b = append(b, `,"eventTime":"`...)
	b = at.AppendFormat(b, time.RFC3339)
	b = append(b, `","eventSource":"`+c.source+`","eventName":"`+c.name+`","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.`...)
	b = strconv.AppendInt(b, int64(len(d.text)*7+int(seq%50)/49)%250, 10) // one address, and now and then another
	b = append(b, `","userAgent":"aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.147-172.266.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython m/b,E,Z,C,N cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#`...)
	b = append(b, strings.TrimSuffix(c.source, ".amazonaws.com")+"."+c.name+`"`...)
	if fault != "" {
		b = append(b, `,"errorCode":"AccessDenied","errorMessage":"`+fault+`"`...)
	}
	b = append(b, `,"requestParameters":`...)
	b = appendNamed(b, c.parameters, name)
	b = append(b, `,"responseElements":`...)
	b = appendNamed(b, c.response, name)
	b = append(b, `,"requestID":"`...)
	b = appendID(b, seq, 1)
	b = append(b, `","eventID":"`...)
	b = appendID(b, seq, 2)
	b = append(b, `","readOnly":`+strconv.FormatBool(c.readOnly)...)
	if c.resources != "" {
		b = append(b, `,"resources":`...)
		b = appendNamed(b, c.resources, name)
	}
	return append(b, `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"`+d.account+`","eventCategory":"Management",`+
		`"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"`+strings.TrimSuffix(c.source, ".amazonaws.com")+`.eu-west-1.amazonaws.com"}}`...)
}

func appendNamed(b []byte, text, name string) []byte {
	for {
		at := strings.Index(text, "%[1]s")
		if at < 0 {
			return append(b, text...)
		}
		b = append(append(b, text[:at]...), name...)
		text = text[at+len("%[1]s"):]
	}
}

// appendID writes an id that looks random and is not: the same number gives the same.
func appendID(b []byte, seq int64, kind uint64) []byte {
	x := uint64(seq)*0x9e3779b97f4a7c15 ^ kind<<56
	y := (x ^ x>>31) * 0xbf58476d1ce4e5b9
	return fmt.Appendf(b, "%08x-%04x-4%03x-a%03x-%012x", uint32(x>>32), uint16(x>>16), x&0xfff, y>>52, y&0xffffffffffff)
}
