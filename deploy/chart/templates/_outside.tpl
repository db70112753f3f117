{{/* Where the configuration asks outside the cluster, by name. */}}

{{/*
Each place as host, port and protocol, as a JSON list: the vendors at their own addresses or the proxy
before them, Twilio, the mail server, the broker, the database where it is another's, and what the
values name.
*/}}
{{- define "fintech.outside" -}}
{{- $vendors := dict
  "alpha_vantage" (list "https://www.alphavantage.co")
  "newsapi" (list "https://newsapi.org")
  "edgar" (list "https://data.sec.gov" "https://www.sec.gov")
  "yahoo" (list "https://query1.finance.yahoo.com" "https://query2.finance.yahoo.com" "https://finance.yahoo.com" "https://fc.yahoo.com" "https://guce.yahoo.com" "https://consent.yahoo.com") -}}
{{- $urls := list -}}
{{- range $section := list .Values.config.market .Values.config.news -}}
{{- range $vendor := without $section.providers "simulated" "files" -}}
{{- $own := get $section $vendor | default dict -}}
{{- $urls = concat $urls (compact (list $own.base_url $own.directory_url)) ($own.feeds | default list) -}}
{{- $urls = concat $urls (get $vendors $vendor | default list) -}}
{{- end -}}
{{- end -}}
{{- if has "gemini" .Values.config.sentiment.models -}}
{{- $urls = append $urls (dig "gemini" "base_url" "https://generativelanguage.googleapis.com" .Values.config.sentiment) -}}
{{- end -}}
{{- with dig "alerts" "twilio" dict .Values.config -}}
{{- $urls = append $urls (.base_url | default "https://api.twilio.com") -}}
{{- end -}}
{{- $places := list -}}
{{- if .Values.providers.proxy -}}
{{- $urls = list -}}
{{- $proxy := urlParse (regexReplaceAll "//[^/@]*@" .Values.providers.proxy "//") -}}
{{- $places = append $places (dict "host" (regexReplaceAll ":[0-9]+$" $proxy.host "") "port" (regexFind "[0-9]+$" $proxy.host) "protocol" "TCP") -}}
{{- end -}}
{{- range $urls -}}
{{- $url := regexFind "^https?://[^/?#]+" . -}}
{{- $tls := hasPrefix "https:" $url -}}
{{- $host := regexReplaceAll "^https?://" $url "" -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $host) | default (ternary "443" "80" $tls) -}}
{{- $places = append $places (dict "host" (regexReplaceAll ":[0-9]+$" $host "") "port" $port "protocol" (ternary "TLS" "HTTP" $tls)) -}}
{{- end -}}
{{- with dig "alerts" "smtp" dict .Values.config -}}
{{- $places = append $places (dict "host" .host "port" (.port | default 587 | int64 | toString) "protocol" "TCP") -}}
{{- end -}}
{{- if and .Values.backups.enabled .Values.backups.bucket.address -}}
{{- $store := .Values.backups.bucket.endpoint | default (printf "https://s3.%samazonaws.com" (ternary "" (printf "%s." .Values.backups.bucket.region) (empty .Values.backups.bucket.region))) -}}
{{- $host := regexReplaceAll "^https?://([^/:]+).*$" $store "${1}" -}}
{{- $places = append $places (dict "host" $host "port" (include "fintech.bucketPort" .) "protocol" (ternary "TLS" "HTTP" (hasPrefix "https:" $store))) -}}
{{- end -}}
{{- if not (or .Values.postgres.enabled .Values.cloudNativePg.enabled) -}}
{{- range $database := list .Values.externalDatabase .Values.externalDatabase.replica -}}
{{- if $database.host -}}
{{- $places = append $places (dict "host" $database.host "port" (int64 $database.port | toString) "protocol" "TCP") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "fintech.publishes" . -}}
{{- $url := include "fintech.brokerUrl" . -}}
{{- $scheme := regexFind "^[a-z]+" $url -}}
{{- range splitList "," (regexFind "^[^/?]*" (regexReplaceAll "^[a-z]+://(.*@)?" $url "")) -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" .) | default (get (dict "amqp" "5672" "amqps" "5671" "kafka" "9092" "kafkas" "9093") $scheme) -}}
{{- $places = append $places (dict "host" (regexReplaceAll ":[0-9]+$" . "") "port" $port "protocol" (ternary "TLS" "TCP" (hasSuffix "s" $scheme))) -}}
{{- end -}}
{{- end -}}
{{- range .Values.mesh.outside -}}
{{- $places = append $places (dict "host" .host "port" (int64 .port | toString) "protocol" .protocol) -}}
{{- end -}}
{{- /* What is in the cluster the mesh knows itself. */ -}}
{{- $outside := list -}}
{{- range $places -}}
{{- if not (regexMatch (printf "(^[^.:]+|[.]svc([.]%s)?)$" (regexQuoteMeta $.Values.clusterDomain)) .host) -}}
{{- $outside = append $outside (set . "host" (trimAll "[]" .host)) -}}
{{- end -}}
{{- end -}}
{{- $outside | uniq | toJson -}}
{{- end -}}
