package main

// allowReadTrail allows log files and digests of a trail only. CloudTrail's public keys take no resource. The policy of a bucket in another account must allow
// the function's role too. A bucket that was deleted, and made again by another organization, is not read.
func (s homeRoles) allowReadTrail() []statement {
	if s.Trail == "" {
		return nil
	}
	bucket, folder := routes(s).files()
	logs, digests := folder+"/*/CloudTrail/*", folder+"/*/CloudTrail-Digest/*"
	list := statement{sid: "ListTrail", actions: []string{"s3:ListBucket"}, resources: []string{"arn:aws:s3:::" + bucket}, when: conditions{"StringLike": {"s3:prefix": {logs, digests}}}}
	read := statement{sid: "ReadTrail", actions: []string{"s3:GetObject"}, resources: []string{"arn:aws:s3:::" + bucket + "/" + logs, "arn:aws:s3:::" + bucket + "/" + digests}}
	if s.OrgID != "" {
		own := map[string][]string{"aws:ResourceOrgID": {s.OrgID}}
		list.when["StringEquals"], read.when = own, conditions{"StringEquals": own}
	}
	all := []statement{list, read, {sid: "TrailKeys", actions: []string{"cloudtrail:ListPublicKeys"}, resources: []string{"*"}}}
	if s.TrailKey != "" {
		all = append(all, statement{
			sid: "TrailKey", actions: []string{"kms:Decrypt"}, resources: []string{s.TrailKey},
			when: conditions{"StringEquals": {"kms:ViaService": {"s3.${AWS::Region}.amazonaws.com"}}},
		})
	}
	return all
}

// routePermissions are for the role of a Region's rules, in a member account or home.
func (s memberRoles) routePermissions() []statement {
	return []statement{{sid: "Forward", actions: []string{"events:PutEvents"}, resources: []string{routes(s).busARN()}}}
}
