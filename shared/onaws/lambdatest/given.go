package lambdatest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Given returns each function's variables by name, from the file that infra writes, with account and Region filled in.
func Given(path string) (map[string]map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	filled := strings.NewReplacer("${AWS::AccountId}", "444455556666", "${AWS::Region}", "us-east-1", "${LogKey1}", "0f5c3a52")
	given := map[string]map[string]string{}
	for function, variables := range all {
		given[function] = map[string]string{}
		for name, v := range variables {
			if reference, ok := v.(map[string]any); ok {
				v = reference["Fn::Sub"]
			}
			value, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("%s: %s is %v", function, name, v)
			}
			given[function][name] = filled.Replace(value)
		}
	}
	return given, nil
}
