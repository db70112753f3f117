{{/* What the deliverer needs, by the ways in which people are told. */}}

{{/* The people and rules without what stands there as a comment. */}}
{{- define "fintech.ruleText" -}}
{{- regexReplaceAll "(?m)^[ \\t]*#.*$" .Values.alerts.rules "" -}}
{{- end -}}

{{/* Its environment: what it sends with, and no key of who is asked for prices or news. */}}
{{- define "fintech.delivererEnv" -}}
{{- $sends := list (.Values.config.alerts | default dict) .Values.providers.proxy (include "fintech.ruleText" .) | toRawJson -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (include "fintech.namedIn" $sends | fromJsonArray)) }}
{{- include "fintech.proxyEnv" . }}
{{- end -}}

{{/* The mail server's port; empty where there is none. */}}
{{- define "fintech.mailPort" -}}
{{- with dig "alerts" "smtp" dict .Values.config -}}
{{ int64 (.port | default 587) }}
{{- end -}}
{{- end -}}

{{/* Where the mail server may be, as peers. */}}
{{- define "fintech.mailPeers" -}}
{{- with .Values.networkPolicy.mailServer -}}
{{ toYaml . }}
{{- else -}}
{{ include "fintech.vendorPeers" . }}
{{- end -}}
{{- end -}}

{{/* The ports at which Twilio and what Apprise knows are asked, as a JSON list of texts. */}}
{{- define "fintech.messengerPorts" -}}
{{- $addresses := list -}}
{{- with dig "alerts" "twilio" dict .Values.config -}}
{{- $addresses = append $addresses (.base_url | default "https:") -}}
{{- end -}}
{{- range .Values.alerts.apprisePorts -}}
{{- $addresses = append $addresses (printf "https://apprise:%d" (int64 .)) -}}
{{- end -}}
{{- include "fintech.portsOf" (dict "root" . "addresses" $addresses) -}}
{{- end -}}
