package eventpattern_test

import "testing"

func TestPrefixAndSuffix(t *testing.T) {
	judge(t, []verdict{
		{pageOperators, "a day of time", `{"time": [{"prefix": "2026-08-06"}]}`, ec2, true},
		{pageOperators, "another day", `{"time": [{"prefix": "2026-08-07"}]}`, ec2, false},
		{pageOperators, "a region of the US", `{"region": [{"prefix": "us-"}]}`, ec2, true},
		{pageOperators, "a picture", `{"FileName": [{"suffix": ".png"}]}`, `{"FileName": "cat.png"}`, true},
		{pageOperators, "no picture", `{"FileName": [{"suffix": ".png"}]}`, `{"FileName": "cat.png.txt"}`, false},
		{ruler, "the service", `{"source": [{"suffix": "ec2"}]}`, ec2, true},
		{ruler, "prefix is for strings", `{"a": [{"prefix": "1"}]}`, `{"a": 12}`, false},
		{ruler, "suffix is for strings", `{"a": [{"suffix": "e"}]}`, `{"a": true}`, false},
		{ours, "prefix is the whole", `{"a": [{"prefix": "us"}]}`, `{"a": "us"}`, true},
		{ours, "prefix in another case", `{"a": [{"prefix": "US"}]}`, `{"a": "us-east-1"}`, false},
		{ours, "suffix in another case", `{"a": [{"suffix": ".PNG"}]}`, `{"a": "cat.png"}`, false},
		{ours, "prefix longer than the value", `{"a": [{"prefix": "us-east"}]}`, `{"a": "us"}`, false},
		{ours, "suffix longer than the value", `{"a": [{"suffix": "cat.png"}]}`, `{"a": ".png"}`, false},
		{ours, "an empty prefix is for every string", `{"a": [{"prefix": ""}]}`, `{"a": ""}`, true},
		{ours, "an empty prefix is not for null", `{"a": [{"prefix": ""}]}`, `{"a": null}`, false},
		{ours, "a missing field has no prefix", `{"a": [{"prefix": ""}]}`, `{"b": "x"}`, false},
	})
}

func TestIgnoringCase(t *testing.T) {
	judge(t, []verdict{
		{pageOperators, "equals", `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}`, ec2, true},
		{pageOperators, "equals not", `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change"}]}`, ec2, false},
		{pageOperators, "prefix in capitals", `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, `{"service": "EVENTBRIDGE"}`, true},
		{pageOperators, "prefix in small letters", `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, `{"service": "eventbridge"}`, true},
		{pageOperators, "prefix not", `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, `{"service": "event"}`, false},
		{pageOperators, "suffix in capitals", `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`, `{"FileName": "cat.PNG"}`, true},
		{pageOperators, "suffix in mixed case", `{"service": [{"suffix": {"equals-ignore-case": "tBridge"}}]}`, `{"service": "EventBridge"}`, true},
		{pageOperators, "suffix not", `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`, `{"FileName": "png"}`, false},
		{ruler, "equals is for strings", `{"a": [{"equals-ignore-case": "true"}]}`, `{"a": true}`, false},
		{ruler, "prefix is for strings", `{"a": [{"prefix": {"equals-ignore-case": "t"}}]}`, `{"a": true}`, false},
		{ruler, "suffix is for strings", `{"a": [{"suffix": {"equals-ignore-case": "e"}}]}`, `{"a": true}`, false},
		{ours, "equals empty", `{"a": [{"equals-ignore-case": ""}]}`, `{"a": ""}`, true},
		{ours, "empty is not null", `{"a": [{"equals-ignore-case": ""}]}`, `{"a": null}`, false},
		{ours, "a longer value is not equal", `{"a": [{"equals-ignore-case": "ab"}]}`, `{"a": "ABC"}`, false},
		{ours, "letters beyond ASCII", `{"a": [{"equals-ignore-case": "\u00c4rger"}]}`, `{"a": "\u00e4RGER"}`, true},
		{ours, "the Kelvin sign is no k", `{"a": [{"equals-ignore-case": "k"}]}`, `{"a": "\u212a"}`, false},
		{ours, "nothing is no replacement character, in front", `{"a": [{"prefix": {"equals-ignore-case": "\ufffd"}}]}`, `{"a": ""}`, false},
		{ours, "nothing is no replacement character, at the end", `{"a": [{"suffix": {"equals-ignore-case": "\ufffd"}}]}`, `{"a": ""}`, false},
	})
}

func TestWildcard(t *testing.T) {
	const bus = `{"EventBusArn": "arn:aws:events:us-east-1:111122223333:event-bus/nightly"}`
	const deep = `{"FileName": "/Users/ana/dir/dir/dir/dir/dir/doc.txt"}`
	judge(t, []verdict{
		{pageOperators, "a picture in a folder", `{"FileName": [{"wildcard": "dir/*.png"}]}`, `{"FileName": "dir/cat.png"}`, true},
		{pageOperators, "another folder", `{"FileName": [{"wildcard": "dir/*.png"}]}`, `{"FileName": "other/cat.png"}`, false},
		{pageOperators, "fewer characters", `{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}`, bus, true},
		{pageOperators, "another Region", `{"EventBusArn": [{"wildcard": "arn:aws:events:eu-west-1:*:event-bus/*"}]}`, bus, false},
		{pageOperators, "what repeats", `{"FileName": [{"wildcard": "/Users/*/dir/dir/dir/dir/dir/doc.txt"}]}`, deep, true},
		{pageOperators, "what repeats too often", `{"FileName": [{"wildcard": "/Users/*/dir/dir/dir/dir/dir/dir/doc.txt"}]}`, deep, false},
		{pageOperators, "what does not repeat", `{"FileName": [{"wildcard": "/Users/*/doc.txt"}]}`, deep, true},
		{pageOperators, "a star is a star", `{"a": [{"wildcard": "a\\*b"}]}`, `{"a": "a*b"}`, true},
		{pageOperators, "a star is nothing else", `{"a": [{"wildcard": "a\\*b"}]}`, `{"a": "axb"}`, false},
		{pageOperators, "a backslash is a backslash", `{"a": [{"wildcard": "a\\\\*"}]}`, `{"a": "a\\b"}`, true},
		{pageOperators, "a backslash is nothing else", `{"a": [{"wildcard": "a\\\\*"}]}`, `{"a": "ab"}`, false},
		{ruler, "zero characters", `{"a": [{"wildcard": "Simple*Service"}]}`, `{"a": "SimpleService"}`, true},
		{ruler, "some characters", `{"a": [{"wildcard": "Simple*Service"}]}`, `{"a": "SimpleQueueService"}`, true},
		{ruler, "in another case", `{"a": [{"wildcard": "simple*service"}]}`, `{"a": "SimpleQueueService"}`, false},
		{ruler, "wildcard is for strings", `{"a": [{"wildcard": "*"}]}`, `{"a": 5}`, false},
		{ours, "a wildcard alone is any string", `{"a": [{"wildcard": "*"}]}`, `{"a": ""}`, true},
		{ours, "no wildcard is equality", `{"a": [{"wildcard": "abc"}]}`, `{"a": "abc"}`, true},
		{ours, "no wildcard is no prefix", `{"a": [{"wildcard": "abc"}]}`, `{"a": "abcd"}`, false},
		{ours, "the empty wildcard is the empty string", `{"a": [{"wildcard": ""}]}`, `{"a": ""}`, true},
		{ours, "both ends need their own letters", `{"a": [{"wildcard": "aba*aba"}]}`, `{"a": "ababa"}`, false},
		{ours, "the order counts", `{"a": [{"wildcard": "*b*c*"}]}`, `{"a": "acb"}`, false},
		{ours, "the middle may come twice", `{"a": [{"wildcard": "*ab*b"}]}`, `{"a": "xabab"}`, true},
		{ours, "the middle must come twice", `{"a": [{"wildcard": "*ab*ab*"}]}`, `{"a": "xab"}`, false},
		{ours, "an escaped star between wildcards", `{"a": [{"wildcard": "*\\**"}]}`, `{"a": "x*y"}`, true},
		{ours, "an escaped star beside a wildcard", `{"a": [{"wildcard": "\\**"}]}`, `{"a": "*x"}`, true},
		{ours, "a star after an escaped backslash", `{"a": [{"wildcard": "\\\\\\**"}]}`, `{"a": "\\*x"}`, true},
		{ours, "letters of several bytes", `{"a": [{"wildcard": "\u00e4*\u00f6"}]}`, `{"a": "\u00e4\u00fc\u00f6"}`, true},
	})
}

func TestAddresses(t *testing.T) {
	judge(t, []verdict{
		{pageOperators, "within", `{"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}`, ec2, true},
		{pageOperators, "without", `{"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}`, ec2, false},
		{ruler, "the first", `{"a": [{"cidr": "10.0.0.0/8"}]}`, `{"a": "10.0.0.0"}`, true},
		{ruler, "the last", `{"a": [{"cidr": "10.0.0.0/8"}]}`, `{"a": "10.255.255.255"}`, true},
		{ruler, "one beyond", `{"a": [{"cidr": "10.0.0.0/8"}]}`, `{"a": "11.0.0.0"}`, false},
		{ruler, "IPv6 within", `{"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}`, `{"a": "2001:db8:1234:1aff::1"}`, true},
		{ruler, "IPv6 without", `{"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}`, `{"a": "2001:db8:1234:1b00::1"}`, false},
		{ruler, "IPv6 in capitals and in full", `{"a": [{"cidr": "2001:db8::/32"}]}`, `{"a": "2001:0DB8:0000:0000:0000:0000:0000:0001"}`, true},
		{ours, "all of IPv4", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "203.0.113.9"}`, true},
		{ours, "all of IPv4 is not IPv6", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "2001:db8::1"}`, false},
		{ours, "all of IPv6 is not IPv4", `{"a": [{"cidr": "::/0"}]}`, `{"a": "203.0.113.9"}`, false},
		{ours, "IPv4 written as IPv6", `{"a": [{"cidr": "10.0.0.0/24"}]}`, `{"a": "::ffff:a00:21"}`, true},
		{ours, "a number is no address", `{"a": [{"cidr": "10.0.0.0/24"}]}`, `{"a": 123}`, false},
		{ours, "a name is no address", `{"a": [{"cidr": "10.0.0.0/24"}]}`, `{"a": "backup.amazonaws.com"}`, false},
		{ours, "a block is no address", `{"a": [{"cidr": "10.0.0.0/24"}]}`, `{"a": "10.0.0.0/24"}`, false},
		{ours, "an address with a zone", `{"a": [{"cidr": "fe80::/10"}]}`, `{"a": "fe80::1%eth0"}`, false},
		{ours, "an address in another spelling", `{"a": ["2001:db8::1"]}`, `{"a": "2001:0DB8:0:0::1"}`, true},
		{ours, "another address", `{"a": ["2001:db8::1"]}`, `{"a": "2001:db8::2"}`, false},
		{ours, "an address and a name", `{"a": ["10.0.0.1"]}`, `{"a": "localhost"}`, false},
		{ours, "colons and dots are no address", `{"a": ["10.0.0.1"]}`, `{"a": "::ffff:10.0.0.1"}`, false},
	})
}
