/// Every route of the simulated API. One file per group; a new endpoint is one line in its group.
package enum Catalog {
    package static let endpoints: [Endpoint] =
        GatewayEndpoints.all + UserEndpoints.all + GuildEndpoints.all + MemberEndpoints.all
        + RoleEndpoints.all
        + ChannelEndpoints.all + ThreadEndpoints.all + InviteEndpoints.all + MessageEndpoints.all
        + ReactionEndpoints.all + WebhookEndpoints.all + CommandEndpoints.all + InteractionEndpoints.all
        + MessageSearch.all + OAuthEndpoints.all
}
