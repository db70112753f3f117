{{/* What the publisher of events needs, by the address of the broker. */}}

{{/* The broker's address as it is written, its password by name; empty where there is none. */}}
{{- define "fintech.brokerUrl" -}}
{{ dig "events" "url" "" .Values.config }}
{{- end -}}

{{/* Whether a pod publishes events. */}}
{{- define "fintech.publishes" -}}
{{- if and .Values.events.enabled (include "fintech.brokerUrl" .) -}}
yes
{{- end -}}
{{- end -}}

{{/* Its environment: what it logs in to the broker with, and no key of anybody else's. */}}
{{- define "fintech.publisherEnv" -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (include "fintech.namedIn" (include "fintech.brokerUrl" .) | fromJsonArray)) }}
{{- end -}}

{{/* The broker's ports, as a JSON list; empty where there is none. */}}
{{- define "fintech.brokerPorts" -}}
{{- $usual := dict "amqp" "5672" "amqps" "5671" "kafka" "9092" "kafkas" "9093" -}}
{{- $ports := list -}}
{{- with include "fintech.brokerUrl" . -}}
{{- $scheme := regexFind "^[a-z]+" . -}}
{{- $hosts := regexFind "^[^/?]*" (regexReplaceAll "^[a-z]+://(.*@)?" . "") -}}
{{- range splitList "," $hosts -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (regexFind ":[0-9]+$" .) | default (get $usual $scheme)) -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Where the broker may be, as peers. */}}
{{- define "fintech.brokerPeers" -}}
{{- with .Values.networkPolicy.broker -}}
{{ toYaml . }}
{{- else -}}
{{ include "fintech.vendorPeers" . }}
{{- end -}}
{{- end -}}
